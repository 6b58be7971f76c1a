// One of several processes that publish under one idempotency key. Prints its outcome or error as one JSON document, as
// `toklink post --json` does. scripts/lib/publish-fence starts, suspends and checks this process.

import { createReadStream, statSync } from 'node:fs';
import { Client, ToklinkError } from 'toklink';

const { store, leases, kind, resume, key, title, file, url, account } = JSON.parse(process.env.FENCE_JOB);

/** Opens the store and returns it with a function that closes it. */
async function openStore() {
  if (!store.startsWith('postgresql:')) return { opened: { sqlite: store }, close: async () => undefined };
  const { prismaAccountStore, prismaJournal, prismaLeases } = await import('toklink/prisma');
  const { openPrisma } = await import('../../scripts/lib/dashboard-prisma.mjs');
  const prisma = await openPrisma(store, 2);
  // Opens the database connection first, because the first query can exceed a store's time limit.
  await prisma.socialAccount.count();
  const opened = {
    accounts: prismaAccountStore(prisma),
    journal: prismaJournal(prisma),
    leases: leases ? prismaLeases(prisma) : 'memory',
    metrics: 'memory',
    usage: 'memory',
  };
  return { opened, close: () => prisma.$disconnect() };
}

const { opened, close } = await openStore();
const client = new Client({ store: opened, quotaPolicy: 'documented' });
const how = { privacyLevel: 'SELF_ONLY', title };
const publish = {
  file: () => client.publishVideo(account, { file, ...how }, { idempotencyKey: key }),
  // Sends a stream in several chunks, at sizes at which a file would be one chunk.
  chunks: () => {
    const source = { stream: createReadStream(file), size: statSync(file).size };
    return client.publishVideo(account, { source, ...how }, { idempotencyKey: key });
  },
  photos: () => client.publishPhotos(account, { urls: [url], coverIndex: 0, ...how }, { idempotencyKey: key }),
  pull: () => client.publishVideo(account, { url, ...how }, { idempotencyKey: key }),
}[kind];

let result;
try {
  result = await (resume ? client.resumePublish(account, key, { file }) : publish());
} catch (error) {
  if (!ToklinkError.is(error)) throw error;
  result = { error: error.toJSON() };
}
console.log(JSON.stringify(result));
await client.close();
await close();
