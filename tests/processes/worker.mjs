// One of several processes that use one account at the same time, on PostgreSQL with Prisma. Runs one command per line
// of stdin and prints one line per result. scripts/lib/refresh-race.mjs starts and checks these processes.

import { createInterface } from 'node:readline';
import { Client } from 'toklink';
import { prismaAccountStore, prismaLeases } from 'toklink/prisma';
import { openPrisma } from '../../scripts/lib/dashboard-prisma.mjs';

const prisma = await openPrisma(process.env.RACE_STORE);
const client = new Client({
  store: { accounts: prismaAccountStore(prisma), journal: 'memory', leases: prismaLeases(prisma), metrics: 'memory', usage: 'memory' },
  quotaPolicy: 'documented',
});
const account = { tenant: process.env.RACE_TENANT, accountId: process.env.RACE_ACCOUNT };

/** Uses the account from all callers at the same time. Returns the number of successes and the errors. */
async function round(callers) {
  client.resetQuota(account);
  // Clears the cache, because a cached profile would not use the token.
  client.invalidateCache(account);
  const refused = {};
  let served = 0;
  const call = async () => {
    try {
      await client.userInfo(account);
      served++;
    } catch (error) {
      const words = `${error.code}: ${error.message}`;
      refused[words] = (refused[words] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: callers }, call));
  return { served, refused };
}

// Opens the database connection first, because the first query can exceed a store's time limit.
await prisma.socialAccount.count();
console.log('ready');
for await (const line of createInterface({ input: process.stdin })) {
  const { callers } = JSON.parse(line);
  if (callers !== undefined) console.log(JSON.stringify(await round(callers)));
}
await client.close();
await prisma.$disconnect();
