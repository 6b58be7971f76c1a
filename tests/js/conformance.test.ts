import { describe, expect, it } from 'vitest';
import type { AccountRow, AccountStore } from '../../js/index.js';
import { accountStoreConformance, MemoryAccountStore } from '../../js/testing/index.js';

describe('a store in memory', () => {
  for (const { name, run } of accountStoreConformance(() => ({ store: new MemoryAccountStore() }))) it(name, run);
});

/** Returns a memory store with one fault of a host's store. */
function broken(change: (store: MemoryAccountStore) => Partial<AccountStore>): MemoryAccountStore {
  const store = new MemoryAccountStore();
  return Object.assign(store, change(store));
}

/** Returns the stored refresh token, regardless of the expected one. */
async function present(store: MemoryAccountStore, key: { tenant: string; accountId: string }): Promise<string | null> {
  return (await store.load(key))?.refreshTokenSealed ?? null;
}

const original = MemoryAccountStore.prototype;
const FAULTS: Record<string, (store: MemoryAccountStore) => Partial<AccountStore>> = {
  'swaps without comparing': (store) => ({
    swap: async (key, _expected, next) => original.swap.call(store, key, await present(store, key), next),
  }),
  'compares, waits, then writes': (store) => ({
    swap: async (key, expected, next) => {
      if ((await present(store, key)) !== expected) return false;
      await new Promise(setImmediate);
      return original.swap.call(store, key, await present(store, key), next);
    },
  }),
  'takes null for any token': (store) => ({
    swap: async (key, expected, next) => original.swap.call(store, key, expected ?? (await present(store, key)), next),
  }),
  'never finds the account without a refresh token': (store) => ({
    swap: async (key, expected, next) => expected !== null && original.swap.call(store, key, expected, next),
  }),
  'swaps without ending the refresh': (store) => ({
    swap: async (key, expected, next) => {
      const before = await store.load(key);
      const won = await original.swap.call(store, key, expected, next);
      if (won) await store.beginRefresh(key, next.refreshTokenSealed, before?.refreshStartedAt ?? 0);
      return won;
    },
  }),
  'swaps without setting ACTIVE': (store) => ({
    swap: async (key, expected, next) => {
      const status = (await store.load(key))?.status ?? 'ACTIVE';
      const won = await original.swap.call(store, key, expected, next);
      if (won) await original.setStatus.call(store, key, next.refreshTokenSealed, status);
      return won;
    },
  }),
  'takes null scopes for none': (store) => ({
    swap: (key, expected, next) => original.swap.call(store, key, expected, { ...next, scopes: next.scopes ?? [] }),
  }),
  'begins a refresh whatever is expected': (store) => ({
    beginRefresh: async (key, _expected, at) => original.beginRefresh.call(store, key, await present(store, key), at),
  }),
  'sets a status whatever is expected': (store) => ({
    setStatus: async (key, _expected, status) =>
      original.setStatus.call(store, key, await present(store, key), status),
  }),
  'merges instead of replacing': (store) => ({
    save: async (row) => {
      const there = await store.load(row);
      const given = Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null));
      await original.save.call(store, { ...there, ...row, ...there, ...given } as AccountRow);
    },
  }),
  'keeps whole seconds only': (store) => ({
    save: (row) => original.save.call(store, { ...row, accessExpiresAt: Math.trunc(row.accessExpiresAt / 1000) * 1000 }),
  }),
  'cuts long texts': (store) => ({
    save: (row) => original.save.call(store, { ...row, accessTokenSealed: row.accessTokenSealed.slice(0, 255) }),
  }),
  'folds case': (store) => ({
    save: (row) => original.save.call(store, { ...row, accountId: row.accountId.toLowerCase() }),
    load: (key) => original.load.call(store, { ...key, accountId: key.accountId.toLowerCase() }),
  }),
  'lists every tenant': (store) => ({ list: () => original.list.call(store, null) }),
  'lists in the order of saving': (store) => ({
    list: (tenant) =>
      Promise.resolve([...store.rows.values()].filter((row) => tenant === null || row.tenant === tenant)),
  }),
  'always says that it removed': (store) => ({
    remove: async (key) => (await original.remove.call(store, key)) || true,
  }),
  'removes the account of every tenant': (store) => ({
    remove: async ({ accountId }) => {
      const all = [...store.rows].filter(([, row]) => row.accountId === accountId);
      for (const [id] of all) store.rows.delete(id);
      return all.length > 0;
    },
  }),
  'shows the first page for ever': (store) => ({ listPage: (_after, limit) => original.listPage.call(store, null, limit) }),
  'reseals whatever is there': (store) => ({
    reseal: async (key, _expected, next) => {
      const row = await store.load(key);
      return row !== null && original.reseal.call(store, key, row, next);
    },
  }),
  'ends a refresh with a mark': (store) => ({
    mark: async (key, from, to) => {
      const row = await store.load(key);
      return row?.status === from && original.setStatus.call(store, key, row.refreshTokenSealed, to);
    },
  }),
  'leases to everyone': () => ({ acquireLease: () => Promise.resolve(true) }),
  'never ends a lease': (store) => ({
    acquireLease: (name, owner) => original.acquireLease.call(store, name, owner, 0, Number.MAX_SAFE_INTEGER),
  }),
  'compares a lease, waits, then takes it': (store) => ({
    acquireLease: async (name, owner, now, ttlMs) => {
      const held = store.leases.get(name);
      await new Promise(setImmediate);
      if (held !== undefined && held.owner !== owner && held.until > now) return false;
      store.leases.set(name, { owner, until: now + ttlMs });
      return true;
    },
  }),
  'gives back the lease of another': (store) => ({
    releaseLease: (name) => Promise.resolve(void store.leases.delete(name)),
  }),
  'begins a publish again under its key': (store) => ({
    insertPublish: async (row) => {
      await original.insertPublish.call(store, row);
      return true;
    },
  }),
  'replaces a publish whatever its revision': (store) => ({
    swapPublish: async (row) => {
      const there = await store.findPublish(row, row.key);
      return there !== null && original.swapPublish.call(store, row, there.revision);
    },
  }),
  'compares a revision, waits, then writes': (store) => ({
    swapPublish: async (row, revision) => {
      if ((await store.findPublish(row, row.key))?.revision !== revision) return false;
      await new Promise(setImmediate);
      store.publishes.set(JSON.stringify([JSON.stringify([row.tenant, row.accountId]), row.key]), row);
      return true;
    },
  }),
  'keeps sizes in 32 bits': (store) => ({
    insertPublish: (row) => original.insertPublish.call(store, { ...row, videoSize: row.videoSize | 0 }),
  }),
  'does not keep a cancel request': (store) => ({
    swapPublish: (row, revision) => original.swapPublish.call(store, { ...row, cancelRequested: false }, revision),
  }),
  'does not keep the error of the last attempt': (store) => ({
    swapPublish: (row, revision) => original.swapPublish.call(store, { ...row, lastError: null }, revision),
  }),
  'finds a publish by a part of its id': (store) => ({
    findPublishById: async (id) => [...store.publishes.values()].find((row) => row.publishId?.startsWith(id)) ?? null,
  }),
  'shows ended publishes as unfinished': (store) => ({
    unfinishedPublishes: async (account) =>
      [...store.publishes.values()].filter((row) => row.tenant === account.tenant).sort((a, b) => b.updatedAt - a.updatedAt),
  }),
  'forgets a publish in the middle of its upload': (store) => ({
    expirePublishes: async (before) => {
      const old = [...store.publishes].filter(([, row]) => row.updatedAt < before);
      for (const [id] of old) store.publishes.delete(id);
      return old.length;
    },
  }),
  'never forgets a publish': () => ({ expirePublishes: () => Promise.resolve(0) }),
  'keeps the publishes of an account that is gone': () => ({ forgetPublishes: () => Promise.resolve() }),
  'says that it replaced a publish that was another by then': (store) => ({
    swapPublish: async (row, revision) => (await original.swapPublish.call(store, row, revision)) || true,
  }),
  'collects metrics once a day, whatever age is wanted': (store) => ({
    claimMetrics: (claim, accounts) => original.claimMetrics.call(store, { ...claim, freshSince: Date.parse(claim.day) }, accounts),
  }),
  'gives metrics that are too old to each who asks': (store) => ({
    claimMetrics: async (claim, accounts) => {
      const free = await original.claimMetrics.call(store, claim, accounts);
      const old = accounts.filter((key) => (store.metrics.get(JSON.stringify([key.tenant, key.accountId]))?.get(claim.day)?.readAt ?? claim.freshSince) < claim.freshSince);
      return [...new Set([...free, ...old])];
    },
  }),
  'loses metrics as soon as they are claimed again': (store) => ({
    claimMetrics: async (claim, accounts) => {
      const claimed = await original.claimMetrics.call(store, claim, accounts);
      for (const key of claimed) store.metrics.delete(JSON.stringify([key.tenant, key.accountId]));
      return claimed;
    },
  }),
  'puts older metrics in place of newer ones': (store) => ({
    saveMetrics: async (rows) => {
      for (const row of rows) store.metrics.get(JSON.stringify([row.tenant, row.accountId]))?.delete(row.day);
      return original.saveMetrics.call(store, rows);
    },
  }),
  'never deletes a lease that ended': () => ({ expireLeases: () => Promise.resolve() }),
  'deletes leases that still hold': (store) => ({ expireLeases: () => Promise.resolve(store.leases.clear()) }),
  'takes leases and never gives them back': () => ({ releaseLease: () => Promise.resolve() }),
};

/** Resolves to the names of the checks that this store fails. */
async function failures(make: () => AccountStore): Promise<string[]> {
  const failed: string[] = [];
  for (const { name, run } of accountStoreConformance(() => ({ store: make() }))) {
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

  it('skips missing lease methods and rejects half of them', async () => {
    const without = () => Object.assign(new MemoryAccountStore(), { acquireLease: undefined, releaseLease: undefined, expireLeases: undefined });
    expect(await failures(without as () => AccountStore)).toEqual([]);
    const half = () => Object.assign(new MemoryAccountStore(), { releaseLease: undefined });
    expect(await failures(half as () => AccountStore)).toHaveLength(3);
  });

  it('skips a missing journal and rejects a partial one', async () => {
    const none = {
      insertPublish: undefined,
      findPublish: undefined,
      findPublishById: undefined,
      swapPublish: undefined,
      unfinishedPublishes: undefined,
      expirePublishes: undefined,
      forgetPublishes: undefined,
    };
    const without = () => Object.assign(new MemoryAccountStore(), none);
    expect(await failures(without as () => AccountStore)).toEqual([]);
    const part = () => Object.assign(new MemoryAccountStore(), { findPublishById: undefined });
    expect(await failures(part as () => AccountStore)).toHaveLength(7);
  });

  it('disposes of each store, even after a failure', async () => {
    let open = 0;
    const checks = accountStoreConformance(() => {
      open++;
      return { store: broken(() => ({ load: () => Promise.reject(new Error('down')) })), end: async () => void open-- };
    });
    await Promise.allSettled(checks.map(({ run }) => run()));
    expect(open).toBe(0);
  });
});
