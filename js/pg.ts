import { numbered } from './sql/executor.js';
import { sqlStore } from './sql/store.js';
import type { Store } from './types.js';

/** The part of a pool or client of `pg` (node-postgres) that is used. */
export interface PgQueryable {
  /** Sends one statement with its parameters; `rowCount` is the number of rows that it returned or changed. */
  query(text: string, values: unknown[]): Promise<{ rows: Record<string, unknown>[]; rowCount: number | null }>;
}

/**
 * Returns a complete store in PostgreSQL over a pool of `pg`: `new Client({ store: pgStore(new Pool()) })`. Apply `sql/postgresql.sql` of
 * the package first. A pool gives each call its own connection; a single client runs them one after the other.
 */
export function pgStore(pool: PgQueryable): Store {
  return sqlStore({
    dialect: 'postgresql',
    async run(text, values) {
      const { rows, rowCount } = await pool.query(numbered(text), values);
      return { rows, changes: rowCount ?? 0 };
    },
  });
}
