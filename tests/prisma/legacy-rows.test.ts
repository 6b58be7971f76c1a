import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { Client } from '../../js/index.js';
import { createTikTokRoutes } from '../../js/http/index.js';
import { prismaAccountStore } from '../../js/prisma.js';
import type { SocialAccountPrisma } from '../../js/prisma.js';
import type { ResealReport } from '../../js/types.js';
import { DATABASES, open } from './open.js';
import type { Prisma, Query } from './open.js';

const KEY = randomBytes(32).toString('hex');
const ACCESS = 'act.f4k3Acc3ss!1234.u1';
const REFRESH = 'rft.f4k3R3fr3sh!1234.u1';
const COLUMNS = '"id", "platform", "accountId", "accountName", "accessTokenEncrypted", "refreshTokenEncrypted", "status", "userId", "workspaceId", "updatedAt"';

/** Encrypts as the dashboard's own code does. */
function legacy(clear: string): string {
  const iv = randomBytes(16);
  const cipher = createCipheriv('aes-256-gcm', Buffer.from(KEY, 'hex'), iv);
  const text = cipher.update(clear, 'utf8', 'hex') + cipher.final('hex');
  return [iv.toString('hex'), cipher.getAuthTag().toString('hex'), text].join(':');
}

/** Decrypts as the dashboard's own code does. */
function legacyOpens(stored: string): string {
  const [iv = '', tag = '', text = ''] = stored.split(':');
  const decipher = createDecipheriv('aes-256-gcm', Buffer.from(KEY, 'hex'), Buffer.from(iv, 'hex'));
  decipher.setAuthTag(Buffer.from(tag, 'hex'));
  return decipher.update(text, 'hex', 'utf8') + decipher.final('utf8');
}

describe.each(DATABASES)('rows of the dashboard\'s own code on %s', (name, max) => {
  let prisma: Prisma;
  let query: Query;
  let end: () => Promise<void>;
  beforeAll(async () => {
    ({ prisma, query, end } = await open(inject(name), max));
  });
  beforeEach(() => query('DELETE FROM social_accounts'));
  afterAll(() => end?.());

  const insert = (id: string, access: string, refresh: string | null, { platform = 'TIKTOK', status = 'ACTIVE' } = {}) =>
    query(`INSERT INTO social_accounts (${COLUMNS}) VALUES
      ('${id}', '${platform}', 'open-${id}', 'Ana', '${access}', ${refresh === null ? 'NULL' : `'${refresh}'`}, '${status}', 'user_olivia', 'ws_acme', now())`);
  const rows = () => query<Record<string, string | null>>('SELECT * FROM social_accounts ORDER BY id');

  /** Creates a client of the store, and the route that migrates its rows. */
  function host(table: SocialAccountPrisma = prisma, migration: { acceptClearText?: boolean; format?: 'current' | 'legacy' } = { acceptClearText: true }) {
    const memory = { journal: 'memory', leases: 'memory', metrics: 'memory', usage: 'memory' } as const;
    const store = { accounts: prismaAccountStore(table), ...memory };
    const client = new Client({ clientKey: 'app', clientSecret: 'secret', encryptionKey: KEY, acceptLegacy: true, redisUrl: false, store });
    const routes = createTikTokRoutes({
      client,
      auth: () => null,
      permissions: () => {},
      workspaces: { byId: () => null },
      accounts: { find: async () => [] },
      migration,
      env: { CRON_SECRET: 's3cret', NEXTAUTH_URL: 'https://app.example.test' },
    });
    const migrate = async (query: string): Promise<ResealReport & { applied: boolean }> => {
      const request = new Request(`https://app.example.test/migrate${query}`, { method: 'POST', headers: { 'x-cron-secret': 's3cret' } });
      return (await (await routes.migrate(request)).json()) as ResealReport & { applied: boolean };
    };
    return { client, migrate };
  }

  test('the route counts, encrypts and exports legacy rows', async () => {
    await insert('a', legacy(ACCESS), legacy(REFRESH));
    await insert('b', ACCESS, REFRESH);
    await insert('c', ACCESS, null);
    await insert('d', '', null, { status: 'DISCONNECTED' });
    await insert('e', 'act.not:a:token', null);
    await insert('x', ACCESS, REFRESH, { platform: 'TWITTER' });
    const before = await rows();

    const { client, migrate } = host();
    const dry = await migrate('');
    expect(dry).toMatchObject({ applied: false, done: 5, total: 5, current: 0, legacy: 1, clearText: 2, failed: 1, skipped: 1, resealed: 0, next: null });
    expect(await rows()).toEqual(before);
    expect(dry.failures).toMatchObject([{ tenant: 'ws_acme', accountId: 'open-e', code: 'INTEGRITY' }]);

    const done = await migrate('?apply=true');
    expect(done).toMatchObject({ applied: true, resealed: 3, failed: 1, legacy: 0, clearText: 0, outstanding: 0 });
    expect(await migrate('')).toMatchObject({ current: 3, legacy: 0, clearText: 0 });
    const [a, b, c, ...others] = await rows();
    expect(others).toEqual(before.slice(3));
    for (const row of [a, b, c]) expect(row?.['accessTokenEncrypted']).toMatch(/^tk1\./);
    const place = { tenant: 'ws_acme', accountId: 'open-b' };
    expect(client.unseal({ ...place, field: 'refresh_token' }, b?.['refreshTokenEncrypted'] ?? '')).toBe(REFRESH);
    expect((await client.account(place)).scopes).toEqual([]);
    await client.close();
    expect(JSON.stringify([dry, done])).not.toContain('f4k3');

    const back = host(prisma, { format: 'legacy' });
    expect(await back.migrate('')).toMatchObject({ applied: false, outstanding: 3 });
    expect(await back.migrate('?apply=true')).toMatchObject({ resealed: 3, outstanding: 0 });
    const exported = await rows();
    expect(legacyOpens(exported[1]?.['accessTokenEncrypted'] ?? '')).toBe(ACCESS);
    expect(legacyOpens(exported[1]?.['refreshTokenEncrypted'] ?? '')).toBe(REFRESH);
    expect(exported.slice(3)).toEqual(before.slice(3));
    await back.client.close();
  });

  test('the migration keeps tokens that another process writes', async () => {
    await insert('a', ACCESS, REFRESH);
    const newer = legacy('rft.f4k3Newer!1234.u1');
    let raced = false;
    const table = prisma.socialAccount;
    const racing: SocialAccountPrisma = {
      socialAccount: {
        findUnique: (args) => table.findUnique(args),
        findMany: (args) => table.findMany(args),
        upsert: (args) => table.upsert(args),
        updateMany: async (args) => {
          if (!raced) await query(`UPDATE social_accounts SET "refreshTokenEncrypted" = '${newer}'`);
          raced = true;
          return table.updateMany(args);
        },
        deleteMany: (args) => table.deleteMany(args),
        count: (args) => table.count(args),
      },
    };
    const { client, migrate } = host(racing);
    expect(await migrate('?apply=true')).toMatchObject({ resealed: 1, failed: 0, outstanding: 0 });
    const [row] = await rows();
    const place = { tenant: 'ws_acme', accountId: 'open-a', field: 'refresh_token' };
    expect(client.unseal(place, row?.['refreshTokenEncrypted'] ?? '')).toBe('rft.f4k3Newer!1234.u1');
    await client.close();
  });

  test('two concurrent instances migrate each row once', async () => {
    for (let at = 10; at < 40; at++) await insert(String(at), ACCESS, REFRESH);
    const [one, two] = [host(), host()];
    const reports = await Promise.all([one.migrate('?apply=true'), two.migrate('?apply=true')]);
    expect(reports.map(({ failed, outstanding }) => [failed, outstanding])).toEqual([[0, 0], [0, 0]]);
    expect(reports[0].resealed + reports[1].resealed).toBe(30);
    await Promise.all([one.client.close(), two.client.close()]);
  });
});
