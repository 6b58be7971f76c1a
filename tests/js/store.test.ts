import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Client } from '../../js/index.js';
import type { AccountPage, AccountRef, AccountRow, Store } from '../../js/index.js';
import { MemoryStore } from '../../js/testing/index.js';
import { connect, options, withEmulator } from './connected.js';

const { emulator, folder } = withEmulator();
const HOUR = 3_600_000;

/** A host's store that records its calls. */
class HostStore extends MemoryStore {
  /** The called methods, for example `accounts.load`. */
  readonly asked: string[] = [];

  constructor() {
    super();
    for (const part of ['accounts', 'journal', 'leases', 'metrics', 'usage'] as const) {
      const recorded = new Proxy(this[part], {
        get: (target: object, name) => {
          const member: unknown = Reflect.get(target, name, target);
          if (typeof member !== 'function') return member;
          return (...args: unknown[]) => {
            this.asked.push(`${part}.${String(name)}`);
            return member.apply(target, args);
          };
        },
      });
      Object.assign(this, { [part]: recorded });
    }
  }
}

/** Returns the only account row of a store. */
function onlyRow(store: MemoryStore): AccountRow {
  const [row, ...more] = store.accounts.rows.values();
  if (row === undefined || more.length > 0) throw new Error(`${store.accounts.rows.size} rows`);
  return row;
}

describe('a store of the host', () => {
  it('receives only encrypted tokens and serves all calls', async () => {
    const store = new HostStore();
    await using client = new Client({ ...options(emulator()), store });
    const account = await connect(client, emulator(), { tenant: 'acme' });
    const [row] = store.accounts.rows.values();
    expect(row).toMatchObject({ tenant: 'acme', accountId: account.accountId, connectedBy: 'olivia', status: 'ACTIVE' });
    expect(JSON.stringify(row)).not.toMatch(/act\.|rft\./);
    expect(await client.userInfo(account)).toMatchObject({ username: 'ana.makes' });
    expect(await client.accounts('acme')).toHaveLength(1);
    await client.disconnect(account);
    expect(store.accounts.rows.size).toBe(0);
    expect(store.asked).toEqual(expect.arrayContaining(['accounts.load', 'accounts.list', 'accounts.put', 'accounts.remove']));
  });

  it('receives a refreshed token in one conditional update', async () => {
    const store = new HostStore();
    await using client = new Client({ ...options(emulator()), store });
    const account = await connect(client, emulator());
    const before = onlyRow(store);
    await store.accounts.put({ ...before, accessExpiresAt: Date.now() - HOUR });
    await Promise.all([client.userInfo(account), client.userInfo(account), client.listVideos(account)]);
    const after = onlyRow(store);
    expect(after.accessTokenSealed).not.toBe(before.accessTokenSealed);
    expect(after.refreshStartedAt).toBeNull();
    expect(after.accessExpiresAt).toBeGreaterThan(Date.now());
    // The first update records the start of the refresh, the second one stores the tokens.
    expect(store.asked.filter((method) => method === 'accounts.update')).toHaveLength(2);
  });

  it('batches concurrent loads of one account', async () => {
    const store = new HostStore();
    await using client = new Client({ ...options(emulator()), store });
    const account = await connect(client, emulator());
    store.asked.length = 0;
    const crowd = await Promise.all(Array.from({ length: 500 }, () => client.account(account)));
    expect(crowd).toHaveLength(500);
    expect(store.asked.length).toBeLessThan(250);
  });

  it('a rejection causes a typed error with the method name', async () => {
    const store = new HostStore();
    store.accounts.put = () => Promise.reject(new TypeError('row act.secret could not be written'));
    await using client = new Client({ ...options(emulator()), store });
    const connecting = connect(client, emulator());
    await expect(connecting).rejects.toMatchObject({ code: 'UNAVAILABLE', owner: 'app' });
    for (const name of ['accounts.put', 'TypeError']) await expect(connecting).rejects.toThrow(name);
    await expect(connecting).rejects.not.toThrow(/secret/);
  });

  it('an exception or invalid data causes a typed error', async () => {
    const store = new HostStore();
    await using client = new Client({ ...options(emulator()), store });
    store.accounts.list = () => {
      throw new Error('at once');
    };
    await expect(client.accounts()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    store.accounts.list = () => Promise.resolve({ rows: [{ tenant: '' } as AccountRow] });
    await expect(client.accounts()).rejects.toMatchObject({ code: 'CONFIG' });
    store.accounts.list = () => Promise.resolve('many' as unknown as AccountPage);
    await expect(client.accounts()).rejects.toMatchObject({ code: 'CONFIG', message: expect.stringContaining('list') as string });
  });

  it('a store call fails without a response in five seconds', async () => {
    const store = new HostStore();
    store.accounts.list = () => new Promise(() => undefined);
    await using client = new Client({ ...options(emulator()), store });
    await expect(client.accounts()).rejects.toMatchObject({ code: 'UNAVAILABLE', owner: 'app', message: expect.stringContaining('list') as string });
  });

  it('an unreadable store error causes a typed error', async () => {
    const store = new HostStore();
    const hostile = Object.defineProperty(new Error(), 'name', {
      get: () => {
        throw new Error('unreadable');
      },
    });
    store.accounts.list = () => Promise.reject(hostile);
    await using client = new Client({ ...options(emulator()), store });
    await expect(client.accounts()).rejects.toMatchObject({ code: 'UNAVAILABLE', owner: 'app', message: expect.stringContaining('list') as string });
  });

  it('rejects a store that returns the row of another account', async () => {
    const store = new HostStore();
    await using client = new Client({ ...options(emulator()), store });
    const account = await connect(client, emulator(), { tenant: 'acme' });
    const row = onlyRow(store);
    store.accounts.load = () => Promise.resolve(row);
    const asked = client.userInfo({ tenant: 'other', accountId: account.accountId });
    await expect(asked).rejects.toMatchObject({ code: 'CONFIG', message: expect.stringContaining('load') as string });
    store.accounts.list = () => Promise.resolve({ rows: [row] });
    await expect(client.accounts('other')).rejects.toMatchObject({ code: 'CONFIG', message: expect.stringContaining('list') as string });
  });

  it('a store method cannot call the client for its own account', async () => {
    const store = new HostStore();
    await using client = new Client({ ...options(emulator()), store });
    const account = await connect(client, emulator(), { tenant: 'acme' });
    const load = store.accounts.load.bind(store);
    const refusals: unknown[] = [];
    store.accounts.load = async (key) => {
      await client.userInfo({ tenant: key.tenant, accountId: key.accountId }).catch((fault: unknown) => {
        refusals.push(fault);
      });
      return load(key);
    };
    expect(await client.userInfo(account)).toMatchObject({ username: 'ana.makes' });
    expect(refusals).not.toEqual([]);
    expect(refusals[0]).toMatchObject({ code: 'CONFIG', operation: 'userInfo' });
    expect(String(refusals[0])).toMatch(/store's accounts.load called userInfo/);
  });

  it('a store can call the client after its method returns', async () => {
    const store = new HostStore();
    await using client = new Client({ ...options(emulator()), store });
    const account = await connect(client, emulator());
    const load = store.accounts.load.bind(store);
    let later: Promise<unknown> | undefined;
    store.accounts.load = async (key) => {
      const row = await load(key);
      later ??= new Promise(setImmediate).then(() => client.account(account));
      return row;
    };
    await client.account(account);
    expect(await later).toMatchObject({ accountId: account.accountId });
  });

  it('a store method can call the client for another account', async () => {
    const store = new HostStore();
    await using client = new Client({ ...options(emulator()), store });
    await connect(client, emulator());
    const list = store.accounts.list.bind(store);
    store.accounts.list = async (query) => {
      client.quotaStatus('another');
      return list(query);
    };
    expect(await client.accounts()).toHaveLength(1);
  });
});

describe('leases of the host\'s store', () => {
  it('acquires a lease for a refresh and releases it', async () => {
    const store = new HostStore();
    await using client = new Client({ ...options(emulator()), store });
    const account = await connect(client, emulator());
    await store.accounts.put({ ...onlyRow(store), accessExpiresAt: Date.now() - HOUR });
    await client.userInfo(account);
    const asked = store.asked.filter((method) => /^leases|update/.test(method));
    expect(asked).toEqual(['leases.acquire', 'accounts.update', 'accounts.update', 'leases.release']);
    expect(store.leases.rows.size).toBe(0);
  });

  it('a lease limits two processes to one refresh', async () => {
    const store = new MemoryStore();
    await using one = new Client({ ...options(emulator()), store });
    await using other = new Client({ ...options(emulator()), store });
    const account = await connect(one, emulator());
    await store.accounts.put({ ...onlyRow(store), accessExpiresAt: Date.now() - HOUR });
    const refreshes = async () =>
      (await emulator().requests()).filter((request) => request['endpoint'] === 'token').length;
    const before = await refreshes();
    await emulator().faults({ endpoint: 'token', delay_ms: 100, times: 0 });
    await Promise.all([one.userInfo(account), other.userInfo(account)]);
    expect(await refreshes()).toBe(before + 1);
  });

  it('a failing lease store does not block a refresh', async () => {
    const store = new MemoryStore();
    store.leases.acquire = () => Promise.reject(new Error('no table'));
    store.leases.release = () => Promise.reject(new Error('no table'));
    await using client = new Client({ ...options(emulator()), store });
    const account = await connect(client, emulator());
    await store.accounts.put({ ...onlyRow(store), accessExpiresAt: Date.now() - HOUR });
    expect(await client.userInfo(account)).toMatchObject({ username: 'ana.makes' });
  });
});

describe('an incomplete store of the host', () => {
  const rejected = (store: object) => {
    try {
      new Client({ ...options(emulator()), store: store as Store });
    } catch (error) {
      return error;
    }
    throw new Error('the store was accepted');
  };

  it('names each missing interface and its consequence', () => {
    const { accounts } = new MemoryStore();
    const problems = ['journal', 'leases', 'metrics', 'usage'].map((name) => ({ variable: `store.${name}`, problem: expect.stringMatching(/is missing, and without it ./) as string }));
    expect(rejected({ accounts })).toMatchObject({ code: 'CONFIG', problems });
    expect(rejected({})).toMatchObject({ problems: [{ variable: 'store.accounts' }, ...problems] });
    expect(rejected({ ...new MemoryStore(), accounts: 'memory' })).toMatchObject({ problems: [{ variable: 'store.accounts' }] });
  });

  it('names the missing methods of an interface', () => {
    for (const [part, method] of [['journal', 'update'], ['leases', 'release'], ['usage', 'since'], ['accounts', 'list']] as const) {
      const store = new MemoryStore();
      Object.assign(store[part], { [method]: undefined });
      expect(rejected(store)).toMatchObject({ problems: [{ variable: `store.${part}`, problem: `lacks ${method}` }] });
    }
  });

  it("accepts 'memory' in place of an interface", async () => {
    const { accounts } = new MemoryStore();
    const parts = { journal: 'memory', leases: 'memory', metrics: 'memory', usage: 'memory' } as const;
    await using client = new Client({ ...options(emulator()), store: { accounts, ...parts } });
    const account = await connect(client, emulator());
    expect(await client.collectMetrics()).toMatchObject({ collected: 1 });
    expect(await client.metricsHistory(account)).toMatchObject({ points: [{}] });
  });
});

describe('a daily request count', () => {
  const lists = async (client: Client, account: AccountRef) => {
    const windows = await client.readQuota(account);
    return windows.find(({ kind, windowMs }) => kind === 'videoList' && windowMs === 24 * HOUR)?.count;
  };

  it('daily counts survive a restart and a failing store', async () => {
    const store = new HostStore();
    const first = new Client({ ...options(emulator()), quotaPolicy: 'planned', store });
    const account = await connect(first, emulator());
    await first.listVideos(account);
    expect(await lists(first, account)).toBe(1);
    await first.close();
    expect(store.usage.requests).toEqual(expect.arrayContaining([{ window: expect.stringMatching(/^videoList\/account\/86400000\/[0-9a-f]{32}$/) as string, at: expect.any(Number) as number }]));
    await using second = new Client({ ...options(emulator()), quotaPolicy: 'planned', store });
    expect(await lists(second, account)).toBe(1);
    store.usage.append = () => Promise.reject(new Error('the database is away'));
    await second.listVideos(account);
    expect(await lists(second, account)).toBe(2);
    store.usage.since = () => Promise.reject(new Error('the database is away'));
    await using third = new Client({ ...options(emulator()), quotaPolicy: 'planned', store });
    await third.listVideos(account);
    expect(await lists(third, account)).toBe(1);
  });
});

describe('the SQLite store', () => {
  it('keeps accounts encrypted on disk for the next client', async () => {
    const file = join(folder(), 'store.db');
    const settings = { ...options(emulator()), store: { sqlite: file } };
    const first = new Client(settings);
    const account = await connect(first, emulator());
    await first.close();
    await using second = new Client(settings);
    expect(await second.accounts()).toEqual([account]);
    expect(await second.userInfo(account)).toMatchObject({ username: 'ana.makes' });
    expect((await readFile(file)).toString('latin1')).not.toMatch(/act\.|rft\./);
  });
});
