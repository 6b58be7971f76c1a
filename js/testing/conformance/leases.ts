import assert from 'node:assert/strict';
import type { LeaseStore } from '../../types.js';

const CALLS_IN_PARALLEL = 16;
const MINUTE = 60_000;

export const LEASE_CHECKS: Record<string, (leases: LeaseStore) => Promise<void>> = {
  async 'leases: an owner keeps a lease until it ends or is released'(leases) {
    assert.equal(await leases.acquire('refresh/1', 'a', 0, MINUTE), true, 'a free lease can be acquired');
    assert.equal(await leases.acquire('refresh/1', 'b', MINUTE - 1, MINUTE), false, 'an active lease has no second owner');
    assert.equal(await leases.acquire('refresh/2', 'b', 0, MINUTE), true, 'leases with different names are independent');
    assert.equal(await leases.acquire('refresh/1', 'a', MINUTE / 2, MINUTE), true, 'the owner can extend a lease');
    assert.equal(await leases.acquire('refresh/1', 'b', 1.5 * MINUTE - 1, MINUTE), false, 'an extended lease stays active');
    assert.equal(await leases.acquire('refresh/1', 'b', 1.5 * MINUTE, MINUTE), true, 'an expired lease is free');
    await leases.release('refresh/1', 'a');
    assert.equal(await leases.acquire('refresh/1', 'a', 1.5 * MINUTE + 1, MINUTE), false, 'only the owner can release a lease');
    await leases.release('refresh/1', 'b');
    await leases.release('refresh/1', 'b');
    assert.equal(await leases.acquire('refresh/1', 'a', 1.5 * MINUTE + 1, MINUTE), true, 'a released lease is free');
  },

  async 'leases: exactly one of several owners acquires a lease'(leases) {
    for (const now of [0, MINUTE]) {
      const owners = Array.from({ length: CALLS_IN_PARALLEL }, (_, n) => `owner-${now}-${n}`);
      const taken = await Promise.all(owners.map((owner) => leases.acquire('race', owner, now, MINUTE)));
      assert.equal(taken.filter((won) => won).length, 1, `exactly one owner acquires the lease at ${now}`);
    }
  },

  async 'leases: expire deletes only leases that ended before a time'(leases) {
    await leases.acquire('old', 'a', 0, MINUTE);
    await leases.acquire('new', 'a', 1, MINUTE);
    await leases.expire(MINUTE + 1);
    assert.equal(await leases.acquire('old', 'b', 0, MINUTE), true, 'a lease that ended earlier is deleted');
    assert.equal(await leases.acquire('new', 'b', 0, MINUTE), false, 'a lease that ends at that time stays');
  },
};
