import assert from 'node:assert/strict';
import type { AccountKey, MetricsRow, MetricsStore } from '../../types.js';

const DAY = '2026-11-23';
const MINUTE = 60_000;

const rowOf = (key: AccountKey, day: string, followers: number): MetricsRow => ({
  ...key,
  day,
  followers,
  following: 2,
  // A count that exceeds 32 bits.
  likes: 7_000_000_000,
  videoCount: 4,
  videosRead: 5,
  views: 6_000_000_000,
  videoLikes: 7,
  comments: 8,
  shares: 9,
  readAt: READ_AT,
});

/** The `readAt` of rows from `rowOf`. */
const READ_AT = Date.parse(DAY) + 36_000_123;

const claim = (owner: string, now: number, freshSince = Date.parse(DAY)) => ({ day: DAY, owner, now, ttlMs: MINUTE, freshSince });
const idsOf = (keys: AccountKey[]): string[] => keys.map(({ accountId }) => accountId).sort();

/** The checks of `MetricsStore`. Each check receives three connected accounts. */
export const METRICS_CHECKS: Record<string, (store: MetricsStore, accounts: AccountKey[]) => Promise<void>> = {
  'metrics: a claim is exclusive until it ends or is released': async (store, accounts) => {
    const first = accounts.slice(0, 1);
    assert.deepEqual(idsOf(await store.claim(claim('a', 0), first)), idsOf(first));
    assert.deepEqual(idsOf(await store.claim(claim('b', MINUTE - 1), accounts)), idsOf(accounts.slice(1)));
    assert.deepEqual(idsOf(await store.claim(claim('b', MINUTE), first)), idsOf(first));
    await store.release(DAY, 'a', accounts);
    assert.deepEqual(await store.claim(claim('c', MINUTE), accounts), []);
    await store.release(DAY, 'b', accounts);
    assert.deepEqual(idsOf(await store.claim(claim('c', MINUTE), accounts)), idsOf(accounts));
  },

  'metrics: a stale row can be claimed and stays until replaced': async (store, accounts) => {
    const first = accounts.slice(0, 1);
    const [ana] = first as [AccountKey];
    await store.save([rowOf(ana, DAY, 10)]);
    assert.deepEqual(await store.claim(claim('a', 0, READ_AT), first), []);
    assert.deepEqual(idsOf(await store.claim(claim('a', 0, READ_AT + 1), first)), idsOf(first));
    assert.deepEqual(await store.claim(claim('b', 0, READ_AT + 1), first), []);
    assert.deepEqual(await store.range(ana, DAY, DAY), [rowOf(ana, DAY, 10)]);
    await store.release(DAY, 'a', first);
    assert.deepEqual(await store.range(ana, DAY, DAY), [rowOf(ana, DAY, 10)]);
    assert.deepEqual(idsOf(await store.claim(claim('b', 0, READ_AT + 1), first)), idsOf(first));
    await store.save([{ ...rowOf(ana, DAY, 11), readAt: READ_AT + 1 }]);
    assert.deepEqual(await store.claim(claim('c', 0, READ_AT + 1), first), []);
    assert.deepEqual(idsOf(await store.claim(claim('c', 0, READ_AT + 2), first)), idsOf(first));
  },

  'metrics: an older row does not replace a newer one': async (store, accounts) => {
    const [ana] = accounts as [AccountKey];
    const newer = { ...rowOf(ana, DAY, 11), readAt: READ_AT + 1 };
    await store.save([newer]);
    await store.save([rowOf(ana, DAY, 10)]);
    assert.deepEqual(await store.range(ana, DAY, DAY), [newer]);
  },

  'metrics: concurrent claims assign each account to one owner': async (store, accounts) => {
    const owners = Array.from({ length: 8 }, (_, n) => claim(`owner-${n}`, 0));
    const taken = await Promise.all(owners.map((owner) => store.claim(owner, accounts)));
    assert.deepEqual(idsOf(taken.flat()), idsOf(accounts));
  },

  'metrics: a saved row is fresh, unchanged and unique per day': async (store, accounts) => {
    const [ana, other] = accounts as [AccountKey, AccountKey];
    await store.claim(claim('a', 0), [ana]);
    await store.save([rowOf(ana, DAY, 10), rowOf(other, DAY, 1)]);
    for (const now of [1, 10 * MINUTE]) {
      const left = await store.claim(claim(`late-${now}`, now * 1000), [ana, other]);
      assert.deepEqual(left, []);
    }
    await store.save([rowOf(ana, DAY, 11), rowOf(ana, '2026-11-21', 9), rowOf(ana, '2026-11-26', 12)]);
    const found = await store.range(ana, '2026-11-21', '2026-11-24');
    found.sort((a, b) => (a.day < b.day ? -1 : 1));
    assert.deepEqual(found, [rowOf(ana, '2026-11-21', 9), rowOf(ana, DAY, 11)]);
  },
};
