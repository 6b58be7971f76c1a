import assert from 'node:assert/strict';
import type { AccountStore, CountedRequest } from '../types.js';

const START = 1_790_000_000_001;
const CALLS_IN_PARALLEL = 16;

/** The store methods for counted requests. */
export type Requests = Required<Pick<AccountStore, 'logRequests' | 'requestsAfter'>>;

export function requestsOf(store: AccountStore): Requests {
  const { logRequests, requestsAfter } = store;
  assert.ok(logRequests && requestsAfter, 'a store has both functions of counted requests, or none');
  return { logRequests: logRequests.bind(store), requestsAfter: requestsAfter.bind(store) };
}

const request = (window: string, at: number): CountedRequest => ({ window, at });

async function after(store: Requests, at: number): Promise<CountedRequest[]> {
  const found = await store.requestsAfter(at);
  return found.sort((a, b) => a.window.localeCompare(b.window) || a.at - b.at);
}

export const REQUEST_CHECKS: Record<string, (store: Requests) => Promise<void>> = {
  'requests: those that are alike count each for themselves, and come back by their time': async (store) => {
    assert.deepEqual(await after(store, 0), []);
    const first = [request('a', START), request('a', START), request('b', START + 1)];
    await store.logRequests(first, 0);
    await store.logRequests([request('a', START + 2)], 0);
    assert.deepEqual(await after(store, START - 1), [first[0], first[1], request('a', START + 2), first[2]]);
    assert.deepEqual(await after(store, START), [request('a', START + 2), request('b', START + 1)]);
  },

  'requests: none is lost of those written at once, and what may go does not come back': async (store) => {
    await store.logRequests([request('old', START)], 0);
    const crowd = Array.from({ length: CALLS_IN_PARALLEL }, (_, n) => request(`crowd-${10 + n}`, START + 100));
    await Promise.all(crowd.map((one) => store.logRequests([one], START)));
    assert.deepEqual(await after(store, START), crowd);
  },
};
