import assert from 'node:assert/strict';
import { JOURNAL_CHECKS, journalOf } from './journal-conformance.js';
import { METRICS_CHECKS, metricsOf } from './metrics-conformance.js';
import { REQUEST_CHECKS, requestsOf } from './requests-conformance.js';
import type { AccountKey, AccountRow, AccountStatus, AccountStore, TokenSwap } from '../types.js';

/** A new, empty store, and valid foreign keys for its rows if its database checks them. */
export interface StoreUnderTest {
  store: AccountStore;
  /** Two tenants to which rows may belong. */
  tenants?: readonly [string, string];
  /** The user who may appear as the one who connected a row. */
  userId?: string;
  /** Called after each check, passed or failed. */
  end?: () => Promise<void>;
}

/** One requirement of `AccountStore`. `run` rejects with a description when the store does not meet it. */
export interface ConformanceCheck {
  name: string;
  /** Runs the check on a new store. */
  run: () => Promise<void>;
}

interface Scene {
  store: AccountStore;
  one: string;
  two: string;
  userId: string;
}

/** Strings that reveal a store which builds SQL from them, folds case or changes Unicode. */
const ODD = ["o'brien\"; DROP TABLE accounts; --", 'Ana', 'ana', 'a\u0301ñ 🎬\n%_', '{"a":1}', 'null'];
const STATUSES: AccountStatus[] = ['EXPIRED', 'ERROR', 'RATE_LIMITED', 'RESTRICTED', 'DISCONNECTED', 'ACTIVE'];
const CALLS_IN_PARALLEL = 16;
const MINUTE = 60_000;

function rowOf({ one, userId }: Scene, changes: Partial<AccountRow> = {}): AccountRow {
  return {
    tenant: one,
    accountId: '-000open',
    displayName: 'Ana 🎬',
    username: 'ana.makes',
    avatarUrl: 'https://media.example.test/a.jpeg?x-expires=1',
    scopes: ['user.info.basic', 'video.publish'],
    requestedScopes: ['user.info.basic', 'video.publish', 'video.list'],
    accessTokenSealed: 'sealed-access-1',
    refreshTokenSealed: 'sealed-refresh-1',
    // A time whose seconds exceed 32 bits, with milliseconds.
    accessExpiresAt: 7_258_118_400_123,
    refreshExpiresAt: 7_258_118_400_987,
    status: 'ACTIVE',
    connectedAt: 1_790_000_000_001,
    connectedBy: userId,
    refreshStartedAt: 1_790_000_000_777,
    ...changes,
  };
}

const next = (n: number, changes: Partial<TokenSwap> = {}): TokenSwap => ({
  accessTokenSealed: `sealed-access-next-${n}`,
  refreshTokenSealed: `sealed-refresh-next-${n}`,
  accessExpiresAt: 7_258_118_500_000,
  refreshExpiresAt: null,
  scopes: null,
  ...changes,
});

const CHECKS: Record<string, (scene: Scene) => Promise<void>> = {
  async 'a row comes back as it was saved, and is gone once removed'(scene) {
    const { store } = scene;
    const full = rowOf(scene);
    assert.equal(await store.load(full), null, 'an account that was never saved is not there');
    assert.equal(await store.remove(full), false, 'an account that was never saved cannot be removed');
    await store.save(full);
    assert.deepEqual(await store.load(full), full);
    const bare = rowOf(scene, {
      username: null,
      avatarUrl: null,
      scopes: [],
      requestedScopes: [],
      refreshTokenSealed: null,
      refreshExpiresAt: null,
      refreshStartedAt: null,
      status: 'RESTRICTED',
    });
    await store.save(bare);
    assert.deepEqual(await store.load(bare), bare, 'a second save replaces the whole row');
    assert.equal(await store.remove(bare), true);
    assert.equal(await store.load(bare), null, 'a removed account is gone');
    assert.equal(await store.remove(bare), false);
  },

  async 'any text is kept as it is, and long sealed values whole'(scene) {
    const { store } = scene;
    const long = 'x'.repeat(4000);
    const rows = ODD.map((odd) =>
      rowOf(scene, { accountId: odd, displayName: odd, scopes: [odd, 'a,b c'], accessTokenSealed: `${odd}${long}` }),
    );
    for (const row of rows) await store.save(row);
    for (const row of rows) assert.deepEqual(await store.load(row), row);
    for (const row of rows) assert.equal(await store.remove(row), true);
  },

  async 'every status is kept'(scene) {
    for (const status of STATUSES) {
      const row = rowOf(scene, { status });
      await scene.store.save(row);
      assert.deepEqual(await scene.store.load(row), row);
    }
  },

  async 'lists begin with the oldest connection and keep tenants apart'(scene) {
    const { store, one, two } = scene;
    const saved: [string, string, number][] = [[two, 'b', 30], [one, 'c', 10], [one, 'a', 20], [two, 'a', 40]];
    for (const [tenant, accountId, connectedAt] of saved) {
      await store.save(rowOf(scene, { tenant, accountId, connectedAt }));
    }
    const names = async (tenant: string | null) =>
      (await store.list(tenant)).map((row) => [row.tenant, row.accountId].join('/'));
    assert.deepEqual(await names(null), [`${one}/c`, `${one}/a`, `${two}/b`, `${two}/a`], 'oldest connection first');
    assert.deepEqual(await names(one), [`${one}/c`, `${one}/a`]);
    assert.deepEqual(await names('no such tenant'), []);
    assert.equal(await store.remove({ tenant: one, accountId: 'a' }), true);
    assert.deepEqual(await names(two), [`${two}/b`, `${two}/a`], 'the same account of another tenant stays');
  },

  async 'tokens are replaced only where the expected refresh token still is'(scene) {
    const { store, two } = scene;
    const row = rowOf(scene, { status: 'EXPIRED' });
    const neighbours = [rowOf(scene, { tenant: two }), rowOf(scene, { accountId: '-000other' })];
    assert.equal(await store.swap(row, 'sealed-refresh-1', next(0)), false, 'a new store has no account');
    for (const each of [row, ...neighbours]) await store.save(each);
    for (const expected of ['sealed-refresh-', 'SEALED-REFRESH-1', 'sealed-refresh-1 ', 'sealed%', '', null]) {
      assert.equal(await store.swap(row, expected, next(0)), false, `${JSON.stringify(expected)} is not the token`);
    }
    assert.deepEqual(await store.load(row), row, 'a wrong expectation changes nothing');
    assert.equal(await store.swap(row, 'sealed-refresh-1', next(0)), true);
    const { scopes: _, ...tokens } = next(0);
    const swapped: AccountRow = { ...row, ...tokens, status: 'ACTIVE', refreshStartedAt: null };
    assert.deepEqual(await store.load(row), swapped, 'a swap also sets ACTIVE and ends the refresh; null scopes stay');
    assert.equal(await store.swap(row, 'sealed-refresh-1', next(1)), false, 'the old token is not expected twice');
    const last = next(2, { refreshTokenSealed: null, scopes: ['video.list'] });
    assert.equal(await store.swap(row, 'sealed-refresh-next-0', last), true);
    assert.deepEqual(await store.load(row), { ...swapped, ...last });
    assert.equal(await store.swap(row, 'sealed-refresh-next-0', next(3)), false);
    assert.equal(await store.swap(row, null, next(3)), true, 'no token is expected where there is none');
    for (const each of neighbours) assert.deepEqual(await store.load(each), each, 'other accounts stay as they were');
  },

  async 'the beginning of a refresh needs the expected refresh token'(scene) {
    const { store } = scene;
    const row = rowOf(scene, { refreshStartedAt: null });
    assert.equal(await store.beginRefresh(row, 'sealed-refresh-1', 5), false, 'a new store has no account');
    await store.save(row);
    for (const wrong of ['another', null]) assert.equal(await store.beginRefresh(row, wrong, 5), false);
    assert.deepEqual(await store.load(row), row, 'a wrong expectation changes nothing');
    assert.equal(await store.beginRefresh(row, 'sealed-refresh-1', 5), true);
    assert.deepEqual(await store.load(row), { ...row, refreshStartedAt: 5 });
    assert.equal(await store.beginRefresh(row, 'sealed-refresh-1', 6), true, 'an open one is started again');
    assert.deepEqual(await store.load(row), { ...row, refreshStartedAt: 6 });
  },

  async 'a status needs the expected refresh token, and ends the refresh'(scene) {
    const { store } = scene;
    const row = rowOf(scene);
    assert.equal(await store.setStatus(row, 'sealed-refresh-1', 'EXPIRED'), false, 'a new store has no account');
    await store.save(row);
    for (const wrong of ['another', null]) assert.equal(await store.setStatus(row, wrong, 'EXPIRED'), false);
    assert.deepEqual(await store.load(row), row, 'a wrong expectation changes nothing');
    for (const status of STATUSES) {
      assert.equal(await store.setStatus(row, 'sealed-refresh-1', status), true);
      assert.deepEqual(await store.load(row), { ...row, status, refreshStartedAt: null });
    }
  },

  async 'of many swaps at once exactly one wins'(scene) {
    const { store } = scene;
    const row = rowOf(scene);
    await store.save(row);
    const swaps = Array.from({ length: CALLS_IN_PARALLEL }, (_, n) => store.swap(row, 'sealed-refresh-1', next(n)));
    const winners = (await Promise.all(swaps)).flatMap((won, n) => (won ? [n] : []));
    assert.equal(winners.length, 1, `exactly one of the swaps from one token wins, not ${winners.length}`);
    assert.equal((await store.load(row))?.refreshTokenSealed, `sealed-refresh-next-${winners[0]}`);
  },
};

/** Checks of optional methods. Each is skipped for a store without them. */
const OPTIONAL_CHECKS: Record<string, (scene: Scene) => Promise<void>> = {
  async 'pages show every account once, and an empty one ends them'(scene) {
    const { store, one, two } = scene;
    if (!store.listPage) return;
    const ids = [two, one].flatMap((tenant) => ['c', 'a', 'b'].map((accountId) => ({ tenant, accountId })));
    for (const id of ids) await store.save(rowOf(scene, id));
    const seen: string[] = [];
    let after: AccountKey | null = null;
    for (let page = 0; page <= ids.length; page++) {
      const { rows } = await store.listPage(after, 4);
      assert.ok(rows.length <= 4, 'no more than asked for');
      const last: AccountRow | undefined = rows.at(-1);
      if (last === undefined) break;
      seen.push(...rows.map(({ tenant, accountId }) => `${tenant}/${accountId}`));
      after = { tenant: last.tenant, accountId: last.accountId };
    }
    assert.deepEqual(seen.sort(), ids.map(({ tenant, accountId }) => `${tenant}/${accountId}`).sort());
  },

  async 'a reseal needs both sealed tokens, and changes nothing else'(scene) {
    const { store } = scene;
    if (!store.reseal) return;
    for (const refreshTokenSealed of ['sealed-refresh-1', null]) {
      const row = rowOf(scene, { status: 'RATE_LIMITED', refreshTokenSealed });
      const there = { accessTokenSealed: row.accessTokenSealed, refreshTokenSealed };
      const anew = { accessTokenSealed: 'next-access', refreshTokenSealed: refreshTokenSealed && 'next-refresh' };
      await store.save(row);
      assert.equal(await store.reseal(row, { ...there, accessTokenSealed: 'another' }, anew), false);
      assert.equal(await store.reseal(row, { ...there, refreshTokenSealed: 'another' }, anew), false);
      assert.deepEqual(await store.load(row), row, 'a wrong expectation changes nothing');
      assert.equal(await store.reseal(row, there, anew), true);
      assert.deepEqual(await store.load(row), { ...row, ...anew }, 'only the sealed tokens change');
      assert.equal(await store.remove(row), true);
      assert.equal(await store.reseal(row, anew, there), false, 'the account is gone');
    }
  },

  async 'a mark needs the expected status, and leaves a refresh alone'(scene) {
    const { store } = scene;
    if (!store.mark) return;
    const row = rowOf(scene);
    assert.equal(await store.mark(row, 'ACTIVE', 'ERROR'), false, 'a new store has no account');
    await store.save(row);
    assert.equal(await store.mark(row, 'EXPIRED', 'ERROR'), false);
    assert.deepEqual(await store.load(row), row, 'a wrong expectation changes nothing');
    assert.equal(await store.mark(row, 'ACTIVE', 'RATE_LIMITED'), true);
    assert.deepEqual(await store.load(row), { ...row, status: 'RATE_LIMITED' });
  },
};

const LEASE_CHECKS: Record<string, (leases: Leases) => Promise<void>> = {
  async 'a lease is its owner\'s until it ends or is given back'({ acquire, release }) {
    assert.equal(await acquire('refresh/1', 'a', 0), true, 'a free lease can be taken');
    assert.equal(await acquire('refresh/1', 'b', MINUTE - 1), false, 'a held lease cannot');
    assert.equal(await acquire('refresh/2', 'b', 0), true, 'names do not touch each other');
    assert.equal(await acquire('refresh/1', 'a', MINUTE / 2), true, 'its owner can prolong it');
    assert.equal(await acquire('refresh/1', 'b', 1.5 * MINUTE - 1), false, 'a prolonged lease is held longer');
    assert.equal(await acquire('refresh/1', 'b', 1.5 * MINUTE), true, 'one that has ended is free');
    await release('refresh/1', 'a');
    assert.equal(await acquire('refresh/1', 'a', 1.5 * MINUTE + 1), false, 'only its owner can give it back');
    await release('refresh/1', 'b');
    await release('refresh/1', 'b');
    assert.equal(await acquire('refresh/1', 'a', 1.5 * MINUTE + 1), true, 'one given back is free');
    for (const [name, owner] of [['refresh/1', 'a'], ['refresh/2', 'b']] as const) await release(name, owner);
  },

  async 'of many owners at once exactly one takes a lease, free or ended'({ acquire, release }) {
    for (const now of [0, MINUTE]) {
      const owners = Array.from({ length: CALLS_IN_PARALLEL }, (_, n) => `owner-${now}-${n}`);
      const taken = await Promise.all(owners.map((owner) => acquire('race', owner, now)));
      assert.equal(taken.filter((yes) => yes).length, 1, `exactly one owner, at ${now}`);
    }
    for (let n = 0; n < CALLS_IN_PARALLEL; n++) await release('race', `owner-${MINUTE}-${n}`);
  },

  async 'leases that ended before a time are deleted, and no others'({ acquire, release, expire }) {
    await acquire('old', 'a', 0);
    await acquire('new', 'a', 1);
    await expire(MINUTE + 1);
    assert.equal(await acquire('old', 'b', 0), true, 'one that ended before is deleted');
    assert.equal(await acquire('new', 'b', 0), false, 'one that ends at that time stays');
    for (const [name, owner] of [['old', 'b'], ['new', 'a']] as const) await release(name, owner);
  },
};

interface Leases {
  /** Acquires a lease for a minute from `now`. */
  acquire: (name: string, owner: string, now: number) => Promise<boolean>;
  release: (name: string, owner: string) => Promise<void>;
  expire: (before: number) => Promise<void>;
}

function leasesOf(store: AccountStore): Leases {
  const { acquireLease, releaseLease, expireLeases } = store;
  assert.ok(acquireLease && releaseLease && expireLeases, 'a store has all functions of leases, or none');
  return {
    acquire: (name, owner, now) => acquireLease.call(store, name, owner, now, MINUTE),
    release: (name, owner) => releaseLease.call(store, name, owner),
    expire: (before) => expireLeases.call(store, before),
  };
}

/**
 * Returns the requirements of `AccountStore` as named checks, for any test runner:
 * `for (const { name, run } of accountStoreConformance(make)) test(name, run)`. `make` gives a new, empty store each time.
 * Checks of optional methods are skipped for a store without them.
 */
export function accountStoreConformance(make: () => StoreUnderTest | Promise<StoreUnderTest>): ConformanceCheck[] {
  const inScene = (check: (scene: Scene) => Promise<void>) => async () => {
    const { store, tenants: [one, two] = ['tenant-1', 'tenant-2'], userId = 'user-1', end } = await make();
    try {
      await check({ store, one, two, userId });
    } finally {
      await end?.();
    }
  };
  const onLeases = (check: (leases: Leases) => Promise<void>) =>
    inScene(async ({ store }) => {
      if (store.acquireLease || store.releaseLease || store.expireLeases) await check(leasesOf(store));
    });
  return [
    ...Object.entries({ ...CHECKS, ...OPTIONAL_CHECKS }).map(([name, check]) => ({ name, run: inScene(check) })),
    ...Object.entries(LEASE_CHECKS).map(([name, check]) => ({ name, run: onLeases(check) })),
    ...Object.entries(JOURNAL_CHECKS).map(([name, check]) => ({
      name,
      run: inScene(async ({ store, one, two }) => {
        if (store.insertPublish) await check({ journal: journalOf(store), one, two });
      }),
    })),
    ...Object.entries(METRICS_CHECKS).map(([name, check]) => ({
      name,
      run: inScene(async ({ store, one, userId }) => {
        if (!store.claimMetrics) return;
        const accounts = ['-000ana', '-000Ana', "-000o'brien"].map((accountId) => ({ tenant: one, accountId }));
        for (const key of accounts) await store.save(rowOf({ store, one, two: one, userId }, key));
        await check(metricsOf(store), accounts);
      }),
    })),
    ...Object.entries(REQUEST_CHECKS).map(([name, check]) => ({
      name,
      run: inScene(async ({ store }) => {
        if (store.logRequests || store.requestsAfter) await check(requestsOf(store));
      }),
    })),
  ];
}
