import { describe, expect, it } from 'vitest';
import { Client, ToklinkError } from '../../js/index.js';
import type { ClientEvent, MetricsRow } from '../../js/index.js';
import { MemoryStore } from '../../js/testing/index.js';
import { connect, options, withEmulator } from './connected.js';

const { emulator } = withEmulator();
const DATABASE = new Error('value "9.99e12" overflows numeric(5,4)');

/** A host's store in which a test selects the method that rejects. */
class FailingStore extends MemoryStore {
  /** The method that rejects, for example `accounts.load`. */
  failing: string | null = null;
  refused: string | null = null;

  constructor() {
    super();
    const { accounts, metrics } = this;
    for (const name of ['load', 'list', 'update'] as const) {
      const original = accounts[name].bind(accounts) as (...args: unknown[]) => Promise<never>;
      accounts[name] = async (...args: unknown[]) => {
        if (this.failing === `accounts.${name}`) throw DATABASE;
        return original(...args);
      };
    }
    const save = metrics.save.bind(metrics);
    metrics.save = async (rows: MetricsRow[]) => {
      if (this.failing === 'metrics.save' || rows.some((row) => row.accountId === this.refused)) throw DATABASE;
      return save(rows);
    };
  }
}

async function failureOf(work: Promise<unknown>): Promise<ToklinkError> {
  const fault = await work.catch((error: unknown) => error);
  if (!ToklinkError.is(fault)) throw new Error(`not an error of toklink: ${JSON.stringify(fault)}`);
  return fault;
}

describe("error.cause", () => {
  it('error.cause is the store error and is not in the JSON', async () => {
    const store = new FailingStore();
    await using client = new Client({ ...options(emulator()), store });
    const account = await connect(client, emulator());
    store.failing = 'accounts.load';
    const error = await failureOf(client.userInfo(account));
    expect(error).toMatchObject({ code: 'UNAVAILABLE', owner: 'app', operation: 'userInfo' });
    expect(error.cause).toBe(DATABASE);
    expect(`${error.message} ${JSON.stringify(error)}`).not.toMatch(/overflow|fault|cause/);
    store.failing = 'accounts.list';
    expect((await failureOf(client.accounts())).cause).toBe(DATABASE);
  });

  it('all callers of a refresh and its event get the same cause', async () => {
    const store = new FailingStore();
    await using client = new Client({ ...options(emulator()), store });
    const account = await connect(client, emulator());
    const heard: Extract<ClientEvent, { type: 'refreshFailed' }>[] = [];
    const event = new Promise<void>((resolve) => client.on('refreshFailed', (event) => (heard.push(event), resolve())));
    const [row] = [...store.accounts.rows.values()];
    await store.accounts.put({ ...row!, accessExpiresAt: Date.now() - 3_600_000 });
    store.failing = 'accounts.update';
    const faults = await Promise.all([failureOf(client.userInfo(account)), failureOf(client.listVideos(account))]);
    expect(faults.map(({ cause }) => cause)).toEqual([DATABASE, DATABASE]);
    await event;
    expect(heard[0]?.error.cause).toBe(DATABASE);
  });

  it('a failure in the report has the cause of the failed save', async () => {
    const store = new FailingStore();
    await using client = new Client({ ...options(emulator()), store });
    const ana = await connect(client, emulator(), { username: 'ana.makes' });
    await connect(client, emulator(), { username: 'ben.private' });
    store.refused = ana.accountId;
    const report = await client.collectMetrics();
    expect(report).toMatchObject({ collected: 1, failed: 1, failures: [{ accountId: ana.accountId, code: 'UNAVAILABLE' }] });
    expect(report.failures[0]?.cause).toBe(DATABASE);
    expect(JSON.stringify(report)).not.toMatch(/overflow|fault|cause/);
    store.refused = null;
    // A row from the same millisecond in which the next run starts would count as current.
    store.metrics.rows.clear();
    store.failing = 'metrics.save';
    expect((await failureOf(client.collectMetrics({ maxAgeMs: 0 }))).cause).toBe(DATABASE);
  }, 60_000);

  it('error.cause can be a string from the store', async () => {
    const store = new FailingStore();
    await using client = new Client({ ...options(emulator()), store });
    store.accounts.list = () => Promise.reject('a plain text' as never);
    expect((await failureOf(client.accounts())).cause).toBe('a plain text');
  });
});
