import { beforeEach, describe, expect, it } from 'vitest';
import { Client } from '../../js/index.js';
import type { AccountKey, CollectProgress } from '../../js/index.js';
import { MemoryStore } from '../../js/testing/index.js';
import { connect, options, withEmulator } from './connected.js';

const { emulator } = withEmulator();
const NAMES = ['ana.makes', 'ben.private', 'dan.capped'];
const DAY_MS = 86_400_000;

const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

async function connected(client: Client): Promise<AccountKey[]> {
  const keys: AccountKey[] = [];
  for (const username of NAMES) {
    const { tenant, accountId } = await connect(client, emulator(), { username, tenant: 'ws' });
    keys.push({ tenant, accountId });
  }
  return keys;
}

describe('collectMetrics', () => {
  let store: MemoryStore;
  let client: Client;
  let keys: AccountKey[];

  beforeEach(async () => {
    store = new MemoryStore();
    client = new Client({ ...options(emulator()), store });
    keys = await connected(client);
    return () => client.close();
  });

  it("reads each account once a day into the host's store", async () => {
    const told: CollectProgress[] = [];
    const report = await client.collectMetrics({ onProgress: (progress) => told.push(progress) });
    expect(report).toMatchObject({ collected: 3, current: 0, failed: 0, complete: true, failures: [] });
    expect(told.at(-1)).toMatchObject({ collected: 3, total: 3 });
    expect([...store.metrics.rows.values()].map((days) => [...days.keys()])).toEqual([[report.day], [report.day], [report.day]]);
    expect(store.leases.rows.size).toBe(0);
    expect(await client.collectMetrics({ tenant: 'ws' })).toMatchObject({ collected: 0, current: 3 });
    expect(await client.collectMetrics({ accounts: keys.slice(0, 1) })).toMatchObject({ collected: 0, current: 1 });
  });

  it('shares the work between two clients on one store', async () => {
    await using other = new Client({ ...options(emulator()), store });
    const reports = await Promise.all([client.collectMetrics({ maxConcurrency: 1 }), other.collectMetrics({ maxConcurrency: 1 })]);
    expect(reports[0].collected + reports[1].collected).toBe(3);
  });

  it('collects the rest after a limited or aborted run', async () => {
    expect(await client.collectMetrics({ limit: 1 })).toMatchObject({ collected: 1, complete: false });
    const stop = new AbortController();
    const stopped = client.collectMetrics({ maxConcurrency: 1, signal: stop.signal, onProgress: () => stop.abort() });
    expect(await stopped).toMatchObject({ complete: false });
    await client.collectMetrics();
    expect([...store.metrics.rows.values()].every((days) => days.size === 1)).toBe(true);
    expect(store.metrics.rows.size).toBe(3);
  });

  it('rejects invalid options', async () => {
    await expect(client.collectMetrics({ maxConcurrency: 0 })).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    await expect(client.collectMetrics({ tenant: 'ws', accounts: [] })).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    await expect(client.metricsHistory(keys[0]!, { from: 'yesterday' })).rejects.toMatchObject({ code: 'INVALID_INPUT' });
  });

  it('returns the growth and the gaps of the stored days', async () => {
    const { day } = await client.collectMetrics();
    const [ana] = keys as [AccountKey];
    const [today] = await store.metrics.range(ana, day, day);
    const earlier = dayOf(Date.parse(day) - 3 * DAY_MS);
    await store.metrics.save([{ ...today!, day: earlier, followers: today!.followers - 30 }]);
    const history = await client.metricsHistory(ana);
    expect(history.to).toBe(dayOf(Date.now()));
    expect(history.points.map((point) => point.day)).toEqual([earlier, day]);
    expect(history.gaps).toEqual([expect.objectContaining({ days: 2 })]);
    expect(history.week).toMatchObject({ followers: 30, days: 3, exact: false, from: earlier });
    expect(history.points[1]?.growth).toMatchObject({ followers: 30, days: 3, exact: false });
  });
});
