import assert from 'node:assert/strict';
import type { CountedRequest, UsageStore } from '../../types.js';

const START = 1_790_000_000_001;
const CALLS_IN_PARALLEL = 16;

const request = (window: string, at: number): CountedRequest => ({ window, at });

async function after(store: UsageStore, at: number): Promise<CountedRequest[]> {
  const found = await store.since(at);
  return found.sort((a, b) => a.window.localeCompare(b.window) || a.at - b.at);
}

export const USAGE_CHECKS: Record<string, (store: UsageStore) => Promise<void>> = {
  'usage: since returns identical requests separately': async (store) => {
    assert.deepEqual(await after(store, 0), []);
    const first = [request('a', START), request('a', START), request('b', START + 1)];
    await store.append(first, 0);
    await store.append([request('a', START + 2)], 0);
    assert.deepEqual(await after(store, START - 1), [first[0], first[1], request('a', START + 2), first[2]]);
    assert.deepEqual(await after(store, START), [request('a', START + 2), request('b', START + 1)]);
  },

  'usage: concurrent writes keep all requests but expired ones': async (store) => {
    await store.append([request('old', START)], 0);
    const crowd = Array.from({ length: CALLS_IN_PARALLEL }, (_, n) => request(`crowd-${10 + n}`, START + 100));
    await Promise.all(crowd.map((one) => store.append([one], START)));
    assert.deepEqual(await after(store, START), crowd);
  },
};
