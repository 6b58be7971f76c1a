// A complete store in MongoDB with the official driver (`mongodb`). Copy this file into your application (docs/STORES.md):
//
//     const db = new MongoClient(url, { serverSelectionTimeoutMS: 4000 }).db('app');
//     await createMongoIndexes(db); // once for each deployment
//     const client = new Client({ store: mongoStore(db) });

import type { AccountKey, AccountRow, AccountStore, CountedRequest, JournalStore, LeaseStore, MetricsRow, MetricsStore } from 'toklink';
import type { PublishRow, Store, UsageStore } from 'toklink';

/** The methods of the driver's `Collection` that this store uses. */
export interface MongoCollection {
  findOne(filter: object, options: object): Promise<unknown>;
  find(filter: object, options: object): { toArray(): Promise<unknown[]> };
  insertOne(document: object): Promise<unknown>;
  insertMany(documents: object[]): Promise<unknown>;
  updateOne(filter: object, update: object, options?: object): Promise<{ matchedCount: number }>;
  deleteOne(filter: object): Promise<{ deletedCount: number }>;
  deleteMany(filter: object): Promise<{ deletedCount: number }>;
  createIndex(keys: Record<string, 1 | -1>): Promise<unknown>;
}

/** The methods of the driver's `Db` that this store uses. */
export interface MongoDatabase {
  collection(name: string, options: object): MongoCollection;
}

// A write resolves only when a failover can no longer undo it. Patch fields that are `undefined` are not written.
const OPTIONS = { writeConcern: { w: 'majority', journal: true }, readPreference: 'primary', ignoreUndefined: true };
const WITHOUT_ID = { projection: { _id: 0 } };
const ENDED = ['DONE', 'FAILED'];

/** Returns a document's `_id`. MongoDB always has a unique index on `_id`, so a key needs no other index. */
const idOf = ({ tenant, accountId }: AccountKey, ...more: string[]): string => JSON.stringify([tenant, accountId, ...more]);
const claimOf = (day: string, key: AccountKey): string => `metrics ${day} ${idOf(key)}`;
const isDuplicate = (error: unknown): boolean => (error as { code?: unknown }).code === 11000;

/** Writes the fields of the document that matches `filter`, or creates it. Resolves to false if its `_id` exists but the rest does not match. */
async function upsert(documents: MongoCollection, filter: object, fields: object): Promise<boolean> {
  try {
    await documents.updateOne(filter, { $set: fields }, { upsert: true });
    return true;
  } catch (error) {
    if (!isDuplicate(error)) throw error;
    // Another process may have created the document after the filter was evaluated, so the document may match now.
    return (await documents.updateOne(filter, { $set: fields })).matchedCount > 0;
  }
}

function mongoAccounts(accounts: MongoCollection, metrics: MongoCollection): AccountStore {
  return {
    load: (key) => accounts.findOne({ _id: idOf(key) }, WITHOUT_ID) as Promise<AccountRow | null>,
    async list({ tenant, after, limit }) {
      const filter = { ...(tenant !== null && { tenant }), ...(after !== null && { _id: { $gt: idOf(after) } }) };
      return { rows: (await accounts.find(filter, { ...WITHOUT_ID, sort: { _id: 1 }, limit }).toArray()) as AccountRow[] };
    },
    put: async (row) => void (await upsert(accounts, { _id: idOf(row) }, { ...row, requestedScopes: row.requestedScopes ?? [] })),
    // `matchedCount` also includes a document whose values did not change.
    update: async (key, expected, patch) => (await accounts.updateOne({ ...expected, _id: idOf(key) }, { $set: patch })).matchedCount > 0,
    async remove({ tenant, accountId }) {
      await metrics.deleteMany({ tenant, accountId });
      return (await accounts.deleteOne({ _id: idOf({ tenant, accountId }) })).deletedCount > 0;
    },
  };
}

function mongoJournal(publishes: MongoCollection): JournalStore {
  return {
    insert: (row) =>
      publishes.insertOne({ ...row, _id: idOf(row, row.key) }).then(
        () => true,
        (error: unknown) => (isDuplicate(error) ? false : Promise.reject(error)),
      ),
    find: (account, key) => publishes.findOne({ _id: idOf(account, key) }, WITHOUT_ID) as Promise<PublishRow | null>,
    findPublish: (publishId) => publishes.findOne({ publishId }, { ...WITHOUT_ID, sort: { updatedAt: -1 } }) as Promise<PublishRow | null>,
    update: async (row, revision) => (await publishes.updateOne({ _id: idOf(row, row.key), revision }, { $set: row })).matchedCount > 0,
    unfinished({ tenant, accountId }) {
      const filter = { tenant, accountId, phase: { $nin: ENDED } };
      return publishes.find(filter, { ...WITHOUT_ID, sort: { updatedAt: -1 } }).toArray() as Promise<PublishRow[]>;
    },
    expire: async (before) => (await publishes.deleteMany({ phase: { $in: ENDED }, updatedAt: { $lt: before } })).deletedCount,
    forget: async ({ tenant, accountId }) => void (await publishes.deleteMany({ tenant, accountId })),
  };
}

function mongoLeases(leases: MongoCollection): LeaseStore {
  return {
    acquire(name, owner, now, ttlMs) {
      const filter = { _id: name, $or: [{ owner }, { endsAt: { $lte: now } }] };
      return upsert(leases, filter, { owner, endsAt: now + ttlMs });
    },
    release: async (name, owner) => void (await leases.deleteOne({ _id: name, owner })),
    expire: async (before) => void (await leases.deleteMany({ endsAt: { $lt: before } })),
  };
}

function mongoMetrics(metrics: MongoCollection, claims: MongoCollection): MetricsStore {
  const leases = mongoLeases(claims);
  return {
    async claim({ day, owner, now, ttlMs, freshSince }, accounts) {
      const claimed: AccountKey[] = [];
      for (const key of accounts) {
        if (!(await leases.acquire(claimOf(day, key), owner, now, ttlMs))) continue;
        // Read after acquiring the lease, because its previous owner may have written the row just before it released the lease.
        const fresh = await metrics.findOne({ _id: idOf(key, day), readAt: { $gte: freshSince } }, WITHOUT_ID);
        if (fresh === null) claimed.push(key);
        else await leases.release(claimOf(day, key), owner);
      }
      return claimed;
    },
    async release(day, owner, accounts) {
      for (const key of accounts) await leases.release(claimOf(day, key), owner);
    },
    async save(rows) {
      for (const row of rows) {
        await upsert(metrics, { _id: idOf(row, row.day), readAt: { $lte: row.readAt } }, row);
        await claims.deleteOne({ _id: claimOf(row.day, row) });
      }
    },
    range({ tenant, accountId }, from, to) {
      const filter = { tenant, accountId, day: { $gte: from, $lte: to } };
      return metrics.find(filter, { ...WITHOUT_ID, sort: { day: 1 } }).toArray() as Promise<MetricsRow[]>;
    },
  };
}

function mongoUsage(requests: MongoCollection): UsageStore {
  return {
    async append(added, forgetUntil) {
      await requests.deleteMany({ at: { $lte: forgetUntil } });
      if (added.length > 0) await requests.insertMany(added.map(({ window, at }) => ({ window, at })));
    },
    since: (after) => requests.find({ at: { $gt: after } }, WITHOUT_ID).toArray() as Promise<CountedRequest[]>,
  };
}

function collectionsOf(db: MongoDatabase) {
  const open = (name: string): MongoCollection => db.collection(`toklink_${name}`, OPTIONS);
  return { accounts: open('accounts'), publishes: open('publishes'), leases: open('leases'), metrics: open('metrics'), requests: open('requests') };
}

/** Returns a complete store in the database's five `toklink_*` collections. */
export function mongoStore(db: MongoDatabase): Store {
  const { accounts, publishes, leases, metrics, requests } = collectionsOf(db);
  return {
    accounts: mongoAccounts(accounts, metrics),
    journal: mongoJournal(publishes),
    leases: mongoLeases(leases),
    metrics: mongoMetrics(metrics, leases),
    usage: mongoUsage(requests),
  };
}

/** Creates the indexes that keep queries fast. The store works correctly without them. Existing indexes are kept. */
export async function createMongoIndexes(db: MongoDatabase): Promise<void> {
  const { accounts, publishes, leases, metrics, requests } = collectionsOf(db);
  await accounts.createIndex({ tenant: 1, _id: 1 });
  await publishes.createIndex({ tenant: 1, accountId: 1, updatedAt: -1 });
  await publishes.createIndex({ publishId: 1, updatedAt: -1 });
  await publishes.createIndex({ phase: 1, updatedAt: 1 });
  await leases.createIndex({ endsAt: 1 });
  await metrics.createIndex({ tenant: 1, accountId: 1, day: 1 });
  await requests.createIndex({ at: 1 });
}
