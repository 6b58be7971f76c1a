import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Client } from '../../js/index.js';
import type { AccountKey, AccountRow, AccountStore } from '../../js/index.js';
import { connect, options, withEmulator } from './connected.js';

const { emulator, folder } = withEmulator();
const HOUR = 3_600_000;

/** A host's store: rows by tenant and id, and a record of what it was asked. */
class HostStore implements AccountStore {
  readonly rows = new Map<string, AccountRow>();
  readonly asked: string[] = [];

  load(key: AccountKey): Promise<AccountRow | null> {
    this.asked.push('load');
    return Promise.resolve(this.rows.get(id(key)) ?? null);
  }

  list(tenant: string | null): Promise<AccountRow[]> {
    this.asked.push('list');
    return Promise.resolve([...this.rows.values()].filter((row) => tenant === null || row.tenant === tenant));
  }

  save(row: AccountRow): Promise<void> {
    this.asked.push('save');
    this.rows.set(id(row), row);
    return Promise.resolve();
  }

  swap(...[key, expected, next]: Parameters<AccountStore['swap']>): Promise<boolean> {
    this.asked.push('swap');
    return this.change(key, expected, (row) => ({
      ...row,
      ...next,
      scopes: next.scopes ?? row.scopes,
      status: 'ACTIVE',
      refreshStartedAt: null,
    }));
  }

  beginRefresh(...[key, expected, at]: Parameters<AccountStore['beginRefresh']>): Promise<boolean> {
    this.asked.push('beginRefresh');
    return this.change(key, expected, (row) => ({ ...row, refreshStartedAt: at }));
  }

  setStatus(...[key, expected, status]: Parameters<AccountStore['setStatus']>): Promise<boolean> {
    this.asked.push('setStatus');
    return this.change(key, expected, (row) => ({ ...row, status, refreshStartedAt: null }));
  }

  remove(key: AccountKey): Promise<boolean> {
    this.asked.push('remove');
    return Promise.resolve(this.rows.delete(id(key)));
  }

  private change(key: AccountKey, expected: string | null, next: (row: AccountRow) => AccountRow): Promise<boolean> {
    const row = this.rows.get(id(key));
    if (row === undefined || row.refreshTokenSealed !== expected) return Promise.resolve(false);
    this.rows.set(id(key), next(row));
    return Promise.resolve(true);
  }
}

function id(key: AccountKey): string {
  return `${key.tenant}/${key.accountId}`;
}

describe('a store of the host', () => {
  it('keeps sealed tokens only, and serves every call', async () => {
    const store = new HostStore();
    await using client = new Client({ ...options(emulator()), store });
    const account = await connect(client, emulator(), { tenant: 'acme' });
    const [row] = store.rows.values();
    expect(row).toMatchObject({ tenant: 'acme', accountId: account.accountId, connectedBy: 'olivia', status: 'ACTIVE' });
    expect(JSON.stringify(row)).not.toMatch(/act\.|rft\./);
    expect(await client.userInfo(account)).toMatchObject({ username: 'ana.makes' });
    expect(await client.accounts('acme')).toHaveLength(1);
    await client.disconnect(account);
    expect(store.rows.size).toBe(0);
    expect(store.asked).toEqual(expect.arrayContaining(['load', 'list', 'save', 'remove']));
  });

  it('gets a renewed token by compare-and-swap, once for all who wait', async () => {
    const store = new HostStore();
    await using client = new Client({ ...options(emulator()), store });
    const account = await connect(client, emulator());
    const key = { tenant: '', accountId: account.accountId };
    const before = store.rows.get(id(key));
    if (before === undefined) throw new Error('no row');
    store.rows.set(id(key), { ...before, accessExpiresAt: Date.now() - HOUR });
    await Promise.all([client.userInfo(account), client.userInfo(account), client.listVideos(account)]);
    const after = store.rows.get(id(key));
    expect(after?.accessTokenSealed).not.toBe(before.accessTokenSealed);
    expect(after?.refreshStartedAt).toBeNull();
    expect(after?.accessExpiresAt).toBeGreaterThan(Date.now());
    expect(store.asked.filter((method) => method === 'swap')).toHaveLength(1);
  });

  it('that rejects makes a typed error that names the method, and never ends the process', async () => {
    const store = new HostStore();
    store.save = () => Promise.reject(new TypeError('row act.secret could not be written'));
    await using client = new Client({ ...options(emulator()), store });
    const connecting = connect(client, emulator());
    await expect(connecting).rejects.toMatchObject({ code: 'UNAVAILABLE', owner: 'app' });
    await expect(connecting).rejects.toThrow(/save.*TypeError/);
    await expect(connecting).rejects.not.toThrow(/secret/);
  });

  it('that throws at once or answers nonsense makes a typed error', async () => {
    const store = new HostStore();
    await using client = new Client({ ...options(emulator()), store });
    store.list = () => {
      throw new Error('at once');
    };
    await expect(client.accounts()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    store.list = () => Promise.resolve([{ tenant: '' } as AccountRow]);
    await expect(client.accounts()).rejects.toMatchObject({ code: 'CONFIG' });
    store.list = () => Promise.resolve('many' as never);
    await expect(client.accounts()).rejects.toThrow(/list/);
  });

  it('that never settles is given up after five seconds', async () => {
    const store = new HostStore();
    store.list = () => new Promise(() => undefined);
    await using client = new Client({ ...options(emulator()), store });
    await expect(client.accounts()).rejects.toThrow(/list did not settle within 5 s/);
  });

  it('may call the client for another account while it is asked', async () => {
    const store = new HostStore();
    await using client = new Client({ ...options(emulator()), store });
    await connect(client, emulator());
    const list = store.list.bind(store);
    store.list = async (tenant) => {
      client.quotaStatus('another');
      return list(tenant);
    };
    expect(await client.accounts()).toHaveLength(1);
  });
});

describe('the SQLite store', () => {
  it('keeps an account for the next client, sealed on the disk', async () => {
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
