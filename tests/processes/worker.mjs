// One of several processes that use one account at the same time, on PostgreSQL by way of Prisma: obeys a line on stdin,
// answers with a line on stdout. scripts/lib/refresh-race.mjs starts and judges them.

import { createInterface } from 'node:readline';
import { Client } from 'toklink';
import { prismaAccountStore, prismaLeases } from 'toklink/prisma';
import { openPrisma } from '../../scripts/lib/dashboard-prisma.mjs';

const prisma = await openPrisma(process.env.RACE_STORE);
const client = new Client({
  store: { ...prismaAccountStore(prisma), ...prismaLeases(prisma) },
  quotaPolicy: 'documented',
});
const account = { tenant: process.env.RACE_TENANT, accountId: process.env.RACE_ACCOUNT };

/** All callers use the account at once; answers how many were served, and what the others were told. */
async function round(callers) {
  client.resetQuota(account);
  // A profile shown again would be no use of the token.
  client.forgetReads(account);
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

// A process that serves has met its database before: the first query takes longer than a store is given.
await prisma.socialAccount.count();
console.log('ready');
for await (const line of createInterface({ input: process.stdin })) {
  const { callers } = JSON.parse(line);
  if (callers !== undefined) console.log(JSON.stringify(await round(callers)));
}
await client.close();
await prisma.$disconnect();
