import { spawn } from 'node:child_process';
import { createDecipheriv } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { Client } from '../../js/index.js';
import type { AccountRow } from '../../js/index.js';
import { store } from '../../js/cli/doctor/store.js';
import { withEmulator } from './connected.js';
import { KEY } from './emulator.js';

const { emulator, folder } = withEmulator();

/** A host's store in a JSON file, with the methods that a migration needs. */
const MODULE = (file: string): string => `
import { readFileSync, writeFileSync } from 'node:fs';
const read = () => JSON.parse(readFileSync(${JSON.stringify(file)}, 'utf8'));
const at = (rows, key) => rows.find((row) => row.tenant === key.tenant && row.accountId === key.accountId);
const accounts = {
  load: async (key) => at(read(), key) ?? null,
  list: async ({ after }) => ({ rows: read().filter((row) => after === null || row.accountId > after.accountId) }),
  put: async () => {},
  remove: async () => false,
  update: async (key, expected, patch) => {
    const rows = read();
    const row = at(rows, key);
    if (row === undefined || Object.keys(expected).some((name) => row[name] !== expected[name])) return false;
    Object.assign(row, patch);
    writeFileSync(${JSON.stringify(file)}, JSON.stringify(rows));
    return true;
  },
};
export default { accounts, journal: 'memory', leases: 'memory', metrics: 'memory', usage: 'memory' };`;

const ROW: AccountRow = {
  tenant: 'ws',
  accountId: 'open-1',
  displayName: 'Ana',
  username: null,
  avatarUrl: null,
  scopes: [],
  accessTokenSealed: 'act.f4k3Acc3ss!1234.u1',
  refreshTokenSealed: 'rft.f4k3R3fr3sh!1234.u1',
  accessExpiresAt: 0,
  refreshExpiresAt: null,
  status: 'ACTIVE',
  connectedAt: 0,
  connectedBy: 'olivia',
  refreshStartedAt: null,
};

/** Writes a store module with these rows; returns a function that reads them. */
async function host(name: string, rows: AccountRow[]): Promise<{ module: string; rows: () => Promise<AccountRow[]> }> {
  const file = join(folder(), `${name}.json`);
  const module = join(folder(), `${name}.mjs`);
  await writeFile(file, JSON.stringify(rows));
  await writeFile(module, MODULE(file));
  return { module, rows: async () => JSON.parse(await readFile(file, 'utf8')) as AccountRow[] };
}

async function toklink(...args: string[]): Promise<{ code: unknown; out: string; err: string }> {
  const cli = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
  const child = spawn(process.execPath, [cli, ...args], { env: { ...emulator().env(), HOME: folder() } });
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  const code = await new Promise((resolve) => child.once('close', resolve));
  return { code, out, err };
}

/** Decrypts a token as the dashboard's own code does. */
function dashboardOpens(stored: string): string {
  const [iv = '', tag = '', text = ''] = stored.split(':');
  const decipher = createDecipheriv('aes-256-gcm', Buffer.from(KEY, 'hex'), Buffer.from(iv, 'hex'));
  decipher.setAuthTag(Buffer.from(tag, 'hex'));
  return decipher.update(text, 'hex', 'utf8') + decipher.final('utf8');
}

describe('rows of a dashboard\'s own code', () => {
  it('the command line counts, encrypts and exports legacy rows', async () => {
    const { module, rows } = await host('moved', [ROW, { ...ROW, accountId: 'open-2', accessTokenSealed: '', refreshTokenSealed: null }]);
    const at = ['--store-module', module];
    const refused = await toklink('reseal', '--check', ...at);
    expect(refused.code).toBe(1);
    expect(refused.err).toMatch(/--accept-clear-text/);
    const look = await toklink('reseal', '--check', '--accept-clear-text', '--json', ...at);
    expect(JSON.parse(look.out)).toMatchObject({ done: 2, clearText: 1, legacy: 0, olderKey: 0, failed: 0, skipped: 1, resealed: 0, next: null });
    expect((await rows())[0]).toEqual(ROW);
    const sealed = await toklink('reseal', '--accept-clear-text', '--json', ...at);
    expect(JSON.parse(sealed.out)).toMatchObject({ resealed: 1, outstanding: 0 });
    expect((await rows())[0]?.accessTokenSealed).toMatch(/^tk1\./);

    const planned = await toklink('export-legacy', '--json', ...at);
    expect(JSON.parse(planned.out)).toMatchObject({ resealed: 0, outstanding: 1 });
    expect((await rows())[0]?.accessTokenSealed).toMatch(/^tk1\./);
    const exported = await toklink('export-legacy', '--apply', ...at);
    expect(exported.code).toBe(0);
    expect(exported.err).toContain('acceptLegacy');
    const [row] = await rows();
    expect(dashboardOpens(row?.accessTokenSealed ?? '')).toBe(ROW.accessTokenSealed);
    expect(dashboardOpens(row?.refreshTokenSealed ?? '')).toBe(ROW.refreshTokenSealed);

    const back = await toklink('reseal', '--accept-legacy', '--json', ...at);
    expect(JSON.parse(back.out)).toMatchObject({ resealed: 1, legacy: 0, outstanding: 0 });
    const shown = [refused, look, sealed, planned, exported, back].map(({ out, err }) => out + err).join('');
    expect(shown).not.toMatch(/f4k3/);
  });

  it('a migration with a time limit continues in the next run', async () => {
    const { module } = await host('limited', [ROW, { ...ROW, accountId: 'open-2' }]);
    const { default: rows } = (await import(module)) as { default: never };
    await using client = new Client({ clientKey: 'app', clientSecret: 'secret', encryptionKey: KEY, redisUrl: false, store: rows });
    const first = await client.resealAccounts({ checkOnly: true, acceptClearText: true, timeLimitMs: 0 });
    expect(first).toMatchObject({ done: 1, clearText: 1, next: { tenant: 'ws', accountId: 'open-1' } });
    const rest = { checkOnly: true, acceptClearText: true, ...(first.next && { after: first.next }) };
    expect(await client.resealAccounts(rest)).toMatchObject({ done: 1, clearText: 1, next: null });
    await expect(client.resealAccounts({ format: 'old' as 'legacy' })).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    await expect(client.resealAccounts({ timeLimitMs: -1 })).rejects.toMatchObject({ code: 'INVALID_INPUT' });
  });

  it('toklink doctor reports rows in clear text', async () => {
    const { module } = await host('doctor', [ROW]);
    const env = { TIKTOK_CLIENT_KEY: 'app', TOKEN_ENCRYPTION_KEY: KEY };
    const found = await store({ storeModule: module }, env, { problems: [], sealingKey: 'k', blind: false });
    expect(found).toContainEqual(expect.objectContaining({ level: 'wrong', found: expect.stringMatching(/\b1\b/) }));
    expect(JSON.stringify(found)).not.toContain('f4k3');
  });
});
