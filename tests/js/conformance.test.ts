import { describe, expect, it } from 'vitest';
import type { AccountRow, Store } from '../../js/index.js';
import { MemoryStore, storeConformance } from '../../js/testing/index.js';

describe('MemoryStore', () => {
  for (const { name, run } of storeConformance(() => ({ store: new MemoryStore() }))) it(name, run);
});

type Interface = 'accounts' | 'journal' | 'leases' | 'metrics' | 'usage';

/** The methods that a fault replaces, by interface. */
type Fault = { [I in Interface]?: Partial<Exclude<Store[I], 'memory'>> };

const idOf = (key: { tenant: string; accountId: string }): string => JSON.stringify([key.tenant, key.accountId]);

/** Returns a memory store with one fault that a host's store may have. */
function broken(fault: (store: MemoryStore, original: MemoryStore) => Fault): MemoryStore {
  const store = new MemoryStore();
  const bound = Object.fromEntries(
    (['accounts', 'journal', 'leases', 'metrics', 'usage'] as const).map((name) => [name, boundMethods(store[name])]),
  ) as unknown as MemoryStore;
  for (const [name, methods] of Object.entries(fault(store, bound))) Object.assign(store[name as Interface], methods);
  return store;
}

/** Returns an object's methods, bound to the object, so that they remain available after a fault replaces them. */
function boundMethods(target: object): object {
  const names = Object.getOwnPropertyNames(Object.getPrototypeOf(target)).filter((name) => name !== 'constructor');
  return Object.fromEntries(names.map((name) => [name, (Reflect.get(target, name) as () => unknown).bind(target)]));
}

const FAULTS: Record<string, (store: MemoryStore, original: MemoryStore) => Fault> = {
  'updates without comparing': (_, { accounts }) => ({
    accounts: { update: (key, _expected, patch) => accounts.update(key, {}, patch) },
  }),
  'compares a row, waits, then writes it': (_, { accounts }) => ({
    accounts: {
      update: async (key, expected, patch) => {
        if (!(await accounts.update(key, expected, {}))) return false;
        await new Promise(setImmediate);
        return accounts.update(key, {}, patch);
      },
    },
  }),
  'accepts null for any refresh token': (_, { accounts }) => ({
    accounts: { update: (key, expected, patch) => accounts.update(key, expected.refreshTokenSealed === null ? {} : expected, patch) },
  }),
  'never updates an account without a refresh token': (_, { accounts }) => ({
    accounts: { update: async (key, expected, patch) => expected.refreshTokenSealed !== null && accounts.update(key, expected, patch) },
  }),
  'compares the refresh token only': (_, { accounts }) => ({
    accounts: { update: (key, { accessTokenSealed: _access, ...expected }, patch) => accounts.update(key, expected, patch) },
  }),
  'does not compare the status': (_, { accounts }) => ({
    accounts: { update: (key, { status: _status, ...expected }, patch) => accounts.update(key, expected, patch) },
  }),
  'ends a refresh whenever it sets a status': (_, { accounts }) => ({
    accounts: {
      update: (key, expected, patch) => accounts.update(key, expected, patch.status === undefined ? patch : { ...patch, refreshStartedAt: null }),
    },
  }),
  'does not end a refresh': (_, { accounts }) => ({
    accounts: {
      update: (key, expected, { refreshStartedAt, ...patch }) =>
        accounts.update(key, expected, refreshStartedAt === null || refreshStartedAt === undefined ? patch : { ...patch, refreshStartedAt }),
    },
  }),
  'ignores null in a patch': (_, { accounts }) => ({
    accounts: {
      update: (key, expected, patch) => accounts.update(key, expected, Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== null))),
    },
  }),
  'ignores an empty list of scopes': (_, { accounts }) => ({
    accounts: {
      update: (key, expected, { scopes, ...patch }) => accounts.update(key, expected, scopes === undefined || scopes.length === 0 ? patch : { ...patch, scopes }),
    },
  }),
  'merges a row instead of replacing it': (_, { accounts }) => ({
    accounts: {
      put: async (row) => {
        const there = await accounts.load(row);
        const given = Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null));
        await accounts.put({ ...there, ...row, ...there, ...given } as AccountRow);
      },
    },
  }),
  'truncates times to whole seconds': (_, { accounts }) => ({
    accounts: { put: (row) => accounts.put({ ...row, accessExpiresAt: Math.trunc(row.accessExpiresAt / 1000) * 1000 }) },
  }),
  'truncates long texts': (_, { accounts }) => ({
    accounts: { put: (row) => accounts.put({ ...row, accessTokenSealed: row.accessTokenSealed.slice(0, 255) }) },
  }),
  'ignores the case of account ids': (_, { accounts }) => ({
    accounts: {
      put: (row) => accounts.put({ ...row, accountId: row.accountId.toLowerCase() }),
      load: (key) => accounts.load({ ...key, accountId: key.accountId.toLowerCase() }),
    },
  }),
  'lists every tenant': (_, { accounts }) => ({ accounts: { list: (query) => accounts.list({ ...query, tenant: null }) } }),
  'returns the first page forever': (_, { accounts }) => ({ accounts: { list: (query) => accounts.list({ ...query, after: null }) } }),
  'returns more rows than requested': (_, { accounts }) => ({ accounts: { list: (query) => accounts.list({ ...query, limit: query.limit + 1 }) } }),
  'reports every account as removed': (_, { accounts }) => ({
    accounts: { remove: async (key) => (await accounts.remove(key)) || true },
  }),
  'removes the account of every tenant': (store) => ({
    accounts: {
      remove: async ({ accountId }) => {
        const all = [...store.accounts.rows].filter(([, row]) => row.accountId === accountId);
        for (const [id] of all) store.accounts.rows.delete(id);
        return all.length > 0;
      },
    },
  }),
  'updates the account of every tenant': (store, { accounts }) => ({
    accounts: {
      update: async (key, expected, patch) => {
        const won = await accounts.update(key, expected, patch);
        if (won) for (const row of store.accounts.rows.values()) if (row.accountId === key.accountId) Object.assign(row, patch);
        return won;
      },
    },
  }),
  'grants every lease': () => ({ leases: { acquire: () => Promise.resolve(true) } }),
  'never lets a lease expire': (_, { leases }) => ({
    leases: { acquire: (name, owner) => leases.acquire(name, owner, 0, Number.MAX_SAFE_INTEGER) },
  }),
  'compares a lease, waits, then writes it': (store) => ({
    leases: {
      acquire: async (name, owner, now, ttlMs) => {
        const held = store.leases.rows.get(name);
        await new Promise(setImmediate);
        if (held !== undefined && held.owner !== owner && held.until > now) return false;
        store.leases.rows.set(name, { owner, until: now + ttlMs });
        return true;
      },
    },
  }),
  'releases the lease of another owner': (store) => ({
    leases: { release: (name) => Promise.resolve(void store.leases.rows.delete(name)) },
  }),
  'never releases a lease': () => ({ leases: { release: () => Promise.resolve() } }),
  'never deletes an expired lease': () => ({ leases: { expire: () => Promise.resolve() } }),
  'deletes active leases': (store) => ({ leases: { expire: () => Promise.resolve(store.leases.rows.clear()) } }),
  'reports a second insert of a key as successful': (_, { journal }) => ({
    journal: {
      insert: async (row) => {
        await journal.insert(row);
        return true;
      },
    },
  }),
  'replaces a publish at any revision': (_, { journal }) => ({
    journal: {
      update: async (row) => {
        const there = await journal.find(row, row.key);
        return there !== null && journal.update(row, there.revision);
      },
    },
  }),
  'compares a revision, waits, then writes the row': (store, { journal }) => ({
    journal: {
      update: async (row, revision) => {
        if ((await journal.find(row, row.key))?.revision !== revision) return false;
        await new Promise(setImmediate);
        store.journal.rows.set(JSON.stringify([idOf(row), row.key]), row);
        return true;
      },
    },
  }),
  'reports a replacement that did not happen': (_, { journal }) => ({
    journal: { update: async (row, revision) => (await journal.update(row, revision)) || true },
  }),
  'truncates sizes to 32 bits': (_, { journal }) => ({
    journal: { insert: (row) => journal.insert({ ...row, videoSize: row.videoSize | 0 }) },
  }),
  'does not store a cancel request': (_, { journal }) => ({
    journal: { update: (row, revision) => journal.update({ ...row, cancelRequested: false }, revision) },
  }),
  'does not store the error of the last attempt': (_, { journal }) => ({
    journal: { update: (row, revision) => journal.update({ ...row, lastError: null }, revision) },
  }),
  'finds a publish by a prefix of its id': (store) => ({
    journal: { findPublish: async (id) => [...store.journal.rows.values()].find((row) => row.publishId?.startsWith(id)) ?? null },
  }),
  'lists ended publishes as unfinished': (store) => ({
    journal: {
      unfinished: async (account) =>
        [...store.journal.rows.values()].filter((row) => row.tenant === account.tenant).sort((a, b) => b.updatedAt - a.updatedAt),
    },
  }),
  'deletes a publish during its upload': (store) => ({
    journal: {
      expire: async (before) => {
        const old = [...store.journal.rows].filter(([, row]) => row.updatedAt < before);
        for (const [id] of old) store.journal.rows.delete(id);
        return old.length;
      },
    },
  }),
  'never deletes a publish': () => ({ journal: { expire: () => Promise.resolve(0) } }),
  'keeps the publishes of a removed account': () => ({ journal: { forget: () => Promise.resolve() } }),
  'collects metrics once a day at any maximum age': (_, { metrics }) => ({
    metrics: { claim: (claim, keys) => metrics.claim({ ...claim, freshSince: Date.parse(claim.day) }, keys) },
  }),
  'lets every owner collect old metrics': (store, { metrics }) => ({
    metrics: {
      claim: async (claim, keys) => {
        const free = await metrics.claim(claim, keys);
        const old = keys.filter((key) => (store.metrics.rows.get(idOf(key))?.get(claim.day)?.readAt ?? claim.freshSince) < claim.freshSince);
        return [...new Set([...free, ...old])];
      },
    },
  }),
  'deletes metrics when they are collected again': (store, { metrics }) => ({
    metrics: {
      claim: async (claim, keys) => {
        const claimed = await metrics.claim(claim, keys);
        for (const key of claimed) store.metrics.rows.delete(idOf(key));
        return claimed;
      },
    },
  }),
  'replaces newer metrics with older ones': (store, { metrics }) => ({
    metrics: {
      save: (rows) => {
        for (const row of rows) store.metrics.rows.get(idOf(row))?.delete(row.day);
        return metrics.save(rows);
      },
    },
  }),
  'counts equal requests once': (store, { usage }) => ({
    usage: {
      append: async (requests, forgetUntil) => {
        await usage.append(requests, forgetUntil);
        const texts = new Set(store.usage.requests.map((request) => JSON.stringify(request)));
        store.usage.requests = [...texts].map((text) => JSON.parse(text) as (typeof requests)[number]);
      },
    },
  }),
};

/** Resolves to the names of the checks that this store fails. */
async function failures(make: () => Store): Promise<string[]> {
  const failed: string[] = [];
  for (const { name, run } of storeConformance(() => ({ store: make() }))) {
    await run().catch(() => failed.push(name));
  }
  return failed;
}

describe('the conformance suite', () => {
  for (const [name, fault] of Object.entries(FAULTS)) {
    it(`catches a store that ${name}`, async () => {
      expect(await failures(() => broken(fault))).not.toEqual([]);
    });
  }

  it('skips the checks of interfaces in memory', async () => {
    const fault = () => Promise.reject(new Error('not called'));
    const parts = { journal: 'memory', leases: 'memory', metrics: 'memory', usage: 'memory' } as const;
    expect(await failures(() => ({ accounts: new MemoryStore().accounts, ...parts }))).toEqual([]);
    expect(await failures(() => ({ ...new MemoryStore(), usage: { append: fault, since: fault } }))).toHaveLength(2);
  });

  it('closes each store, even after a failure', async () => {
    let open = 0;
    const checks = storeConformance(() => {
      open++;
      return { store: broken(() => ({ accounts: { load: () => Promise.reject(new Error('down')) } })), end: async () => void open-- };
    });
    await Promise.allSettled(checks.map(({ run }) => run()));
    expect(open).toBe(0);
  });
});
