// Runs the refresh race on PostgreSQL: Node processes with the addon and Prisma, as in the dashboard.

import { createRequire } from 'node:module';
import { bundlePrisma, openPrisma } from './dashboard-prisma.mjs';
import { DASHBOARD } from './paths.mjs';
import { startPostgres } from './postgres.mjs';

/** Maximum number of polls for a lease, one every 10 ms. */
const LOOKS = 300;

const WORKER = 'tests/processes/worker.mjs';

/** Runs `match` in an arena with a separate PostgreSQL. */
export async function onPostgres(match) {
  await bundlePrisma();
  const { prismaAccountStore } = await import('toklink/prisma');
  const { migrate } = await import(`${DASHBOARD}/scripts/migrations.mjs`);
  const { Client: Sql } = createRequire(`${DASHBOARD}/package.json`)('pg');
  const server = await startPostgres();
  const sql = new Sql({ connectionString: server.url });
  let prisma;
  try {
    await migrate(server.url);
    await sql.connect();
    prisma = await openPrisma(server.url, 2);
    await match({
      name: 'PostgreSQL',
      worker: [process.execPath, WORKER],
      store: server.url,
      clientStore: { accounts: prismaAccountStore(prisma), journal: 'memory', leases: 'memory', metrics: 'memory', usage: 'memory' },
      tenant: 'ws_acme',
      userId: 'user_olivia',
      // In every second round, the stored expiry stays unchanged, so that TikTok rejects the token during a call.
      expire: async ({ round }) => {
        if (round % 2 === 0) await sql.query(`UPDATE social_accounts SET "tokenExpiresAt" = now() - interval '1 hour'`);
      },
      endLease: async () => {
        for (let tried = 0; tried < LOOKS; tried++) {
          const { rowCount } = await sql.query(`UPDATE tiktok_leases SET until = now() - interval '1 hour'`);
          if (rowCount > 0) return rowCount;
          await new Promise((resolve) => setTimeout(resolve, 10));
        }
        return 0;
      },
    });
  } finally {
    await prisma?.$disconnect();
    await sql.end();
    await server.stop();
  }
}
