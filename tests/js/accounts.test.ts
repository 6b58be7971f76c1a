import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { Client, ToklinkError } from '../../js/index.js';
import type { AccountKey, ClientEvent, ResealProgress } from '../../js/index.js';
import { MemoryStore } from '../../js/testing/index.js';
import { connect, options, withEmulator } from './connected.js';
import { APP, KEY } from './emulator.js';

const { emulator, folder } = withEmulator();
const NEW_KEY = randomBytes(32).toString('hex');
const HOUR = 3_600_000;

/** Resolves to the next event of this type. */
function next<T extends ClientEvent['type']>(client: Client, type: T): Promise<Extract<ClientEvent, { type: T }>> {
  return new Promise((resolve) => {
    const stop = client.on(type, (event) => {
      stop();
      resolve(event);
    });
  });
}

/** Marks the access token in the account's row as expired. */
function expire(store: MemoryStore, key: AccountKey): void {
  const row = [...store.accounts.rows.values()].find((row) => row.accountId === key.accountId);
  if (row === undefined) throw new Error('no row');
  row.accessExpiresAt = Date.now() - HOUR;
}

describe('resealAccounts', () => {
  it('moves all accounts to the new key and retires the old key', async () => {
    const store = new MemoryStore();
    await using before = new Client({ ...options(emulator()), store });
    const account = await connect(before, emulator(), { tenant: 'acme' });
    await connect(before, emulator(), { username: 'ben.private' });
    const ring = { encryptionKeys: `new:${NEW_KEY},old:${KEY}` };
    await using client = new Client({ ...options(emulator()), ...ring, store });
    const look = await client.resealAccounts({ checkOnly: true });
    expect(look).toMatchObject({ done: 2, resealed: 0, outstanding: 2, sealingKey: 'new', keys: { old: 2 } });
    const retired = next(client, 'keyRetired');
    const told: ResealProgress[] = [];
    const report = await client.resealAccounts({ onProgress: (progress) => told.push(progress) });
    expect(report).toMatchObject({ done: 2, total: 2, resealed: 2, failed: 0, outstanding: 0, legacy: 0, keys: { new: 2 } });
    expect(told.at(-1)).toEqual({ done: 2, total: 2, resealed: 2, current: 0, skipped: 0, failed: 0 });
    expect(await retired).toMatchObject({ type: 'keyRetired', key: 'old' });
    await using after = new Client({ ...options(emulator()), encryptionKeys: `new:${NEW_KEY}`, store });
    expect(await after.userInfo(account)).toMatchObject({ username: 'ana.makes' });
  });

  it('stops on abort and completes in a second call', async () => {
    await using client = new Client(options(emulator()));
    await connect(client, emulator());
    await expect(client.resealAccounts({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(await client.resealAccounts()).toMatchObject({ done: 1, current: 1 });
  });
});

describe('startBackgroundRefresh', () => {
  it('refreshes an expired token without a call', { timeout: 30_000 }, async () => {
    const store = new MemoryStore();
    await using client = new Client({ ...options(emulator()), store });
    const { tenant, accountId } = await connect(client, emulator());
    const refreshed = next(client, 'refreshed');
    expire(store, { tenant, accountId });
    const stop = client.startBackgroundRefresh({ maxConcurrency: 2 });
    expect((await refreshed).account).toEqual({ tenant, accountId });
    stop();
  });

  it('rejects an invalid maxConcurrency and a closed client', async () => {
    const client = new Client({ ...options(emulator()), store: new MemoryStore() });
    for (const maxConcurrency of [0, -1, 1.5, 101, Number.NaN]) {
      expect(() => client.startBackgroundRefresh({ maxConcurrency })).toThrow(expect.objectContaining({ code: 'INVALID_INPUT' }));
    }
    client.startBackgroundRefresh();
    await client.close();
    expect(() => client.startBackgroundRefresh()).toThrow(expect.objectContaining({ code: 'CLOSED' }));
  });
});

describe('client.on', () => {
  it('reports a refresh and a revoked grant to active listeners', async () => {
    const store = new MemoryStore();
    await using client = new Client({ ...options(emulator()), store });
    const { tenant, accountId } = await connect(client, emulator());
    const key = { tenant, accountId };
    let heard = 0;
    const stop = client.on('refreshed', () => (heard += 1));
    stop();
    const refreshed = next(client, 'refreshed');
    expire(store, key);
    await client.userInfo(key);
    const event = await refreshed;
    expect(event.account).toEqual(key);
    expect(Date.parse(event.tokenExpiresAt)).toBeGreaterThan(Date.now());
    expect(heard).toBe(0);

    const [failed, revoked] = [next(client, 'refreshFailed'), next(client, 'revoked')];
    await emulator().post('act', { kind: 'revoke', client_key: APP.clientKey, username: 'ana.makes' });
    client.invalidateCache(key);
    await expect(client.userInfo(key)).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
    expect((await revoked).account).toEqual(key);
    const { error } = await failed;
    expect(error).toBeInstanceOf(ToklinkError);
    expect(error).toMatchObject({ code: 'UNAUTHORIZED', tiktokCode: 'invalid_grant' });
    expect(await client.account(key)).toMatchObject({ status: 'EXPIRED' });
  });

  it('reports the scopes that a refresh no longer returned', async () => {
    const store = new MemoryStore();
    await using client = new Client({ ...options(emulator()), store });
    const { tenant, accountId } = await connect(client, emulator());
    const key = { tenant, accountId };
    const tokens = { access_token: 'act.fewer', refresh_token: 'rft.fewer', expires_in: 86_400, refresh_expires_in: 31_536_000 };
    const body = JSON.stringify({ ...tokens, open_id: accountId, scope: 'user.info.basic,video.list', token_type: 'Bearer' });
    await emulator().faults({ endpoint: 'token', status: 200, body, content_type: 'application/json' });
    const reduced = next(client, 'scopesReduced');
    expire(store, key);
    // The emulator rejects this token; the test needs only the event.
    await client.listVideos(key).catch(() => null);
    const { account, lost, scopes } = await reduced;
    expect([account, scopes.toSorted()]).toEqual([key, ['user.info.basic', 'video.list']]);
    expect(lost.toSorted()).toEqual(['user.info.profile', 'user.info.stats', 'video.publish', 'video.upload']);
    await emulator().faults();
  });

  it('calls the other listeners when one throws', async () => {
    const store = new MemoryStore();
    await using client = new Client({ ...options(emulator()), store });
    const account = await connect(client, emulator());
    const warned = new Promise<Error>((resolve) => process.once('warning', resolve));
    client.on('refreshed', () => {
      throw new Error('planted');
    });
    const refreshed = next(client, 'refreshed');
    expire(store, account);
    await client.userInfo(account);
    await refreshed;
    expect((await warned).message).toMatch(/refreshed.*planted/);
  });

  it('does not keep the process alive', async () => {
    const index = new URL('../../dist/index.js', import.meta.url).href;
    const program = `import { Client } from ${JSON.stringify(index)};
      new Client().on('refreshed', () => {});
      console.log('listening');`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      env: { ...emulator().env() },
      cwd: fileURLToPath(new URL('../../', import.meta.url)),
    });
    let out = '';
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    const code = await new Promise((resolve) => child.once('close', resolve));
    expect([code, out]).toEqual([0, 'listening\n']);
  });
});

describe('toklink reseal', () => {
  it('encrypts an SQLite store again and lists the keys in use', async () => {
    const file = join(folder(), `reseal-${Date.now()}.db`);
    const before = new Client({ ...options(emulator()), store: { sqlite: file } });
    await connect(before, emulator());
    await before.close();
    const keys = { TOKEN_ENCRYPTION_KEYS: `new:${NEW_KEY},old:${KEY}` };
    const look = await toklink(keys, 'reseal', '--check', '--json', '--store', file);
    expect(JSON.parse(look.out)).toMatchObject({ done: 1, outstanding: 1, keys: { old: 1 } });
    const done = await toklink(keys, 'reseal', '--store', file);
    expect(done.code, done.err).toBe(0);
    const after = await toklink(keys, 'reseal', '--check', '--json', '--store', file);
    expect(JSON.parse(after.out)).toMatchObject({ done: 1, outstanding: 0, keys: { new: 1 } });
    const wrong = await toklink({ TOKEN_ENCRYPTION_KEYS: `other:${KEY}` }, 'reseal', '--json', '--store', file);
    expect(wrong.code).toBe(1);
    expect(JSON.parse(wrong.out)).toMatchObject({ error: { code: 'INTEGRITY' } });
  });
});

async function toklink(env: Record<string, string>, ...args: string[]): Promise<{ code: unknown; out: string; err: string }> {
  const cli = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
  const child = spawn(process.execPath, [cli, ...args], { env: { ...emulator().env(), HOME: folder(), ...env } });
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  const code = await new Promise((resolve) => child.once('close', resolve));
  return { code, out, err };
}
