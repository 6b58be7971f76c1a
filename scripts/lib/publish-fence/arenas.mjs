// The two stores on which the schedules run: a SQLite file with the command line, and a PostgreSQL database with Prisma.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clientOptions, connect } from '../account.mjs';
import { bundlePrisma, openPrisma } from '../dashboard-prisma.mjs';
import { DASHBOARD } from '../paths.mjs';
import { startPostgres } from '../postgres.mjs';

const WORKER = 'tests/processes/publisher.mjs';
const CLI = 'dist/cli.js';
const TENANT = 'ws_acme';
const USER = 'user_olivia';

/** Returns the command that runs a process. The command line posts files and URLs; streams and photos require a program. */
function commandLine({ kind, store, resume, key, title, file, url }) {
  if (resume) return [process.execPath, CLI, 'resume', '--json', '--store', store, '--file', file, key];
  if (kind === 'chunks' || kind === 'photos') return [process.execPath, WORKER];
  const options = ['--json', '--store', store, '--key', key, '--title', title, '--privacy', 'SELF_ONLY'];
  return [process.execPath, CLI, 'post', ...options, kind === 'file' ? file : url];
}

/** Uses a new file for each schedule. Processes always share its leases, which only end when they expire. */
export async function onSqlite(play) {
  const { Client } = await import('toklink');
  return play({
    name: 'SQLite',
    canLackLeases: false,
    command: commandLine,
    connect: async (emulator, encryptionKey) => {
      const folder = await mkdtemp(join(tmpdir(), 'toklink-fence-'));
      const store = join(folder, 'store.db');
      const client = new Client({ ...clientOptions(emulator.baseUrl, encryptionKey), store: { sqlite: store } });
      const { account } = await connect(client);
      await client.close();
      const { tenant, accountId } = account;
      return { account: { tenant, accountId }, store, remove: () => rm(folder, { recursive: true, force: true }) };
    },
  });
}

/** Uses a separate PostgreSQL with the dashboard's tables, with and without the lease table. */
export async function onPostgres(play) {
  await bundlePrisma();
  const { Client } = await import('toklink');
  const { prismaAccountStore } = await import('toklink/prisma');
  const { migrate } = await import(`${DASHBOARD}/scripts/migrations.mjs`);
  const server = await startPostgres();
  let prisma;
  try {
    await migrate(server.url);
    prisma = await openPrisma(server.url, 2);
    return await play({
      name: 'PostgreSQL',
      canLackLeases: true,
      command: () => [process.execPath, WORKER],
      connect: async (emulator, encryptionKey) => {
        const client = new Client({ ...clientOptions(emulator.baseUrl, encryptionKey), store: { accounts: prismaAccountStore(prisma), journal: 'memory', leases: 'memory', metrics: 'memory', usage: 'memory' } });
        const { account } = await connect(client, { tenant: TENANT, userId: USER });
        await client.close();
        const { tenant, accountId } = account;
        return { account: { tenant, accountId }, store: server.url, remove: async () => undefined };
      },
    });
  } finally {
    await prisma?.$disconnect();
    await server.stop();
  }
}
