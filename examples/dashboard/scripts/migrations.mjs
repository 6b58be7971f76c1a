// Applies prisma/migrations and the seed with pg, because Prisma's own command would download a schema engine. Maintains
// Prisma's `_prisma_migrations` table, so that `prisma migrate deploy` can take over at any time.
import { createHash, randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import pg from 'pg';

const folder = resolve(import.meta.dirname, '../prisma/migrations');

const TABLE = `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
  "id" VARCHAR(36) PRIMARY KEY NOT NULL,
  "checksum" VARCHAR(64) NOT NULL,
  "finished_at" TIMESTAMPTZ,
  "migration_name" VARCHAR(255) NOT NULL,
  "logs" TEXT,
  "rolled_back_at" TIMESTAMPTZ,
  "started_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
  "applied_steps_count" INTEGER NOT NULL DEFAULT 0
)`;

const SEED = [
  `INSERT INTO users (id, email, name, operator) VALUES
     ('user_olivia', 'olivia@example.test', 'Olivia Ortega', true),
     ('user_victor', 'victor@example.test', 'Victor Vance', false)
   ON CONFLICT (id) DO UPDATE SET operator = EXCLUDED.operator`,
  `INSERT INTO workspaces (id, slug, name, "tiktokEnabled") VALUES
     ('ws_acme', 'acme', 'Acme Studio', true),
     ('ws_beta', 'beta', 'Beta Bakery', true),
     ('ws_cove', 'cove', 'Cove Ceramics', false)
   ON CONFLICT DO NOTHING`,
  `INSERT INTO workspace_members ("workspaceId", "userId", role) VALUES
     ('ws_acme', 'user_olivia', 'OWNER'),
     ('ws_beta', 'user_olivia', 'VIEWER'),
     ('ws_cove', 'user_olivia', 'OWNER'),
     ('ws_acme', 'user_victor', 'VIEWER'),
     ('ws_beta', 'user_victor', 'OWNER')
   ON CONFLICT DO NOTHING`,
];

async function applied(db) {
  const { rows } = await db.query(
    'SELECT migration_name, checksum FROM "_prisma_migrations" WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL',
  );
  return new Map(rows.map((row) => [row.migration_name, row.checksum]));
}

/** Applies the pending migrations and the seed. Returns the names of the migrations that it applied. */
export async function migrate(url) {
  const db = new pg.Client({ connectionString: url });
  await db.connect();
  try {
    await db.query(TABLE);
    const done = await applied(db);
    const entries = await readdir(folder, { withFileTypes: true });
    const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name).sort();
    const now = [];
    for (const name of names) {
      const sql = await readFile(join(folder, name, 'migration.sql'), 'utf8');
      const checksum = createHash('sha256').update(sql).digest('hex');
      if (done.has(name)) {
        if (done.get(name) === checksum) continue;
        throw new Error(`The migration ${name} was changed after it was applied. Restore it, and add a new migration instead.`);
      }
      await db.query('BEGIN');
      try {
        await db.query(sql);
        await db.query(
          `INSERT INTO "_prisma_migrations" (id, checksum, finished_at, migration_name, applied_steps_count)
           VALUES ($1, $2, now(), $3, 1)`,
          [randomUUID(), checksum, name],
        );
        await db.query('COMMIT');
      } catch (error) {
        await db.query('ROLLBACK');
        throw new Error(`The migration ${name} failed and was rolled back.`, { cause: error });
      }
      now.push(name);
    }
    for (const statement of SEED) await db.query(statement);
    return now;
  } finally {
    await db.end();
  }
}
