import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { prismaAccounts, prismaAccountStore, prismaJournal, prismaLeases, prismaMetrics, prismaStore, prismaUsage } from '../../js/prisma.js';
import type { JournalPrisma, LeasePrisma, MetricsPrisma, SocialAccountPrisma, UsagePrisma } from '../../js/prisma.js';
import { storeConformance } from '../../js/testing/index.js';
import { DATABASES, open } from './open.js';
import type { Prisma, Query } from './open.js';
import type { AccountPage, AccountPatch, AccountRow } from '../../js/types.js';

const KEY = { tenant: 'ws_acme', accountId: 'open-1' };
const ROW: AccountRow = {
  ...KEY,
  displayName: 'Ana',
  username: 'ana.makes',
  avatarUrl: null,
  scopes: ['user.info.basic', 'video.list'],
  requestedScopes: ['user.info.basic', 'video.list', 'video.publish'],
  accessTokenSealed: 'sealed-access-1',
  refreshTokenSealed: 'sealed-refresh-1',
  accessExpiresAt: 1_800_000_000_000,
  refreshExpiresAt: 1_831_536_000_000,
  status: 'ACTIVE',
  connectedAt: 1_799_000_000_123,
  connectedBy: 'user_olivia',
  refreshStartedAt: null,
};
const NEXT = {
  accessTokenSealed: 'sealed-access-2',
  refreshTokenSealed: 'sealed-refresh-2',
  accessExpiresAt: 1_800_007_200_000,
  refreshExpiresAt: null,
  status: 'ACTIVE',
  refreshStartedAt: null,
} satisfies AccountPatch;
/** The expected row before a refresh. */
const BEFORE = { refreshTokenSealed: 'sealed-refresh-1' };

const WORLD = { tenants: ['ws_acme', 'ws_beta'] as const, userId: 'user_olivia' };

/** Returns the same table, which runs `act` after each read of a row. */
function afterEachRead({ socialAccount }: SocialAccountPrisma, act: () => Promise<unknown>): SocialAccountPrisma {
  return {
    socialAccount: {
      findUnique: async (args) => {
        const row = await socialAccount.findUnique(args);
        await act();
        return row;
      },
      findMany: (args) => socialAccount.findMany(args),
      upsert: (args) => socialAccount.upsert(args),
      updateMany: (args) => socialAccount.updateMany(args),
      deleteMany: (args) => socialAccount.deleteMany(args),
      count: (args) => socialAccount.count(args),
    },
  };
}

test.each<[string, string, () => unknown]>([
  ['TikTokLease', 'prisma/leases.prisma', () => prismaLeases({} as LeasePrisma)],
  ['TikTokPublish', 'prisma/publishes.prisma', () => prismaJournal({} as JournalPrisma)],
  ['TikTokRequest', 'prisma/requests.prisma', () => prismaUsage({} as UsagePrisma)],
  ['SocialMetrics', 'prisma/metrics.prisma', () => prismaMetrics({ tikTokLease: {} } as MetricsPrisma)],
])('names the missing model %s and its file', (model, file, open) => {
  expect(open).toThrow(model);
  expect(open).toThrow(file);
});

describe.each(DATABASES)('accounts in the dashboard\'s table on %s', (database, connections) => {
  let prisma: Prisma;
  let query: Query;
  let end: () => Promise<void>;
  beforeAll(async () => {
    ({ prisma, query, end } = await open(inject(database), connections));
  });
  beforeEach(() => query('DELETE FROM social_accounts; DELETE FROM tiktok_leases; DELETE FROM tiktok_publishes; DELETE FROM social_metrics; DELETE FROM tiktok_requests'));
  afterAll(() => end?.());

  describe('meet every requirement of a store:', () => {
    const make = () => ({ ...WORLD, store: prismaStore(prisma) });
    for (const { name, run } of storeConformance(make)) test(name, run);
  });

  test('keeps concurrent changes to metadata', async () => {
    const store = prismaAccountStore(prisma);
    await store.put(ROW);
    let reads = 0;
    const disturbed = afterEachRead(prisma, async () => {
      if (++reads === 1) await query(`UPDATE social_accounts SET metadata = metadata || '{"health": 97}'`);
    });
    expect(await prismaAccountStore(disturbed).update(KEY, BEFORE, NEXT)).toBe(true);
    expect(reads).toBe(2);
    const [row] = await query<{ metadata: object }>('SELECT metadata FROM social_accounts');
    expect(row?.metadata).toMatchObject({ health: 97, refreshStartedAt: null, username: 'ana.makes' });
  });

  test('writes tokens while the metadata keeps changing', async () => {
    const store = prismaAccountStore(prisma);
    await store.put(ROW);
    const disturbed = afterEachRead(prisma, () =>
      query(`UPDATE social_accounts SET metadata = metadata || jsonb_build_object('at', clock_timestamp())`),
    );
    expect(await prismaAccountStore(disturbed).update(KEY, BEFORE, NEXT)).toBe(true);
    expect((await store.load(KEY))?.refreshTokenSealed).toBe('sealed-refresh-2');
  });

  test('loads, lists and removes a saved account', async () => {
    const store = prismaAccountStore(prisma);
    await store.put(ROW);
    await store.put({ ...ROW, tenant: 'ws_beta', connectedAt: ROW.connectedAt + 1 });
    expect(await store.load(KEY)).toEqual(ROW);
    const tenants = async (tenant: string | null) => (await store.list({ tenant, after: null, limit: 10 })).rows.map((row) => row.tenant);
    expect(await tenants('ws_acme')).toEqual(['ws_acme']);
    expect(await tenants(null)).toEqual(['ws_acme', 'ws_beta']);
    expect(await store.remove(KEY)).toBe(true);
    expect(await store.remove(KEY)).toBe(false);
    expect(await store.load(KEY)).toBeNull();
    expect(await tenants('ws_beta')).toHaveLength(1);
  });

  test('replaces a saved row and keeps metadata of others', async () => {
    const store = prismaAccountStore(prisma);
    await store.put(ROW);
    const [first] = await query<{ id: string }>('SELECT id FROM social_accounts');
    await query(`UPDATE social_accounts SET metadata = metadata || '{"profileUrl": "kept"}'`);
    await store.put({ ...ROW, displayName: 'Ana B.', connectedBy: 'user_victor', scopes: [] });
    const rows = await query<{ id: string; metadata: object }>('SELECT * FROM social_accounts');
    expect(rows).toMatchObject([{ id: first?.id, metadata: { profileUrl: 'kept', scopes: [] }, userId: 'user_victor' }]);
    expect(await store.load(KEY)).toMatchObject({ displayName: 'Ana B.', connectedBy: 'user_victor' });
  });

  test('updates only if the refresh token is the expected one', async () => {
    const store = prismaAccountStore(prisma);
    await store.put({ ...ROW, status: 'EXPIRED', refreshStartedAt: 5 });
    expect(await store.update(KEY, { refreshTokenSealed: 'another' }, NEXT)).toBe(false);
    expect(await store.update(KEY, { refreshTokenSealed: null }, NEXT)).toBe(false);
    expect((await store.load(KEY))?.accessTokenSealed).toBe('sealed-access-1');
    expect(await store.update(KEY, BEFORE, NEXT)).toBe(true);
    expect(await store.load(KEY)).toEqual({
      ...ROW,
      accessTokenSealed: 'sealed-access-2',
      refreshTokenSealed: 'sealed-refresh-2',
      accessExpiresAt: NEXT.accessExpiresAt,
      refreshExpiresAt: null,
      status: 'ACTIVE',
      refreshStartedAt: null,
    });
    expect(await store.update({ ...KEY, tenant: 'ws_beta' }, { refreshTokenSealed: 'sealed-refresh-2' }, NEXT)).toBe(false);
  });

  test('lets exactly one of ten concurrent updates succeed', async () => {
    const store = prismaAccountStore(prisma);
    await store.put(ROW);
    const updates = Array.from({ length: 10 }, (_, at) =>
      store.update(KEY, BEFORE, { ...NEXT, refreshTokenSealed: `won-by-${at}` }),
    );
    const won = (await Promise.all(updates)).flatMap((yes, at) => (yes ? [at] : []));
    expect(won).toHaveLength(1);
    expect((await store.load(KEY))?.refreshTokenSealed).toBe(`won-by-${won[0]}`);
  });

  test('updates an account without a refresh token', async () => {
    const store = prismaAccountStore(prisma);
    await store.put({ ...ROW, refreshTokenSealed: null });
    expect(await store.update(KEY, BEFORE, NEXT)).toBe(false);
    expect(await store.update(KEY, { refreshTokenSealed: null }, { ...NEXT, refreshTokenSealed: null, scopes: ['user.info.basic'] })).toBe(true);
    expect(await store.load(KEY)).toMatchObject({ refreshTokenSealed: null, scopes: ['user.info.basic'] });
  });

  test('updates a status only if it is the expected one', async () => {
    const store = prismaAccountStore(prisma);
    await store.put({ ...ROW, refreshStartedAt: 9 });
    expect(await store.update(KEY, { status: 'EXPIRED' }, { status: 'ERROR' })).toBe(false);
    expect(await store.update(KEY, { status: 'ACTIVE' }, { status: 'RATE_LIMITED' })).toBe(true);
    expect(await store.load(KEY)).toEqual({ ...ROW, status: 'RATE_LIMITED', refreshStartedAt: 9 });
    await query(`UPDATE social_accounts SET status = 'SUSPENDED'`);
    expect(await store.update(KEY, { status: 'RESTRICTED' }, { status: 'ACTIVE' })).toBe(true);
  });

  test('updates no account that was disconnected', async () => {
    const store = prismaAccountStore(prisma);
    await store.put(ROW);
    await store.remove(KEY);
    for (const expected of [BEFORE, { refreshTokenSealed: null }, { status: 'DISCONNECTED' }] as const) {
      expect(await store.update(KEY, expected, NEXT)).toBe(false);
    }
    expect(await store.load(KEY)).toBeNull();
  });

  test('returns each account once, in pages sorted by key', async () => {
    const store = prismaAccountStore(prisma);
    for (const tenant of ['ws_beta', 'ws_acme']) {
      for (const accountId of ['c', 'a', 'b']) await store.put({ ...ROW, tenant, accountId });
    }
    const seen: string[] = [];
    let after: { tenant: string; accountId: string } | null = null;
    for (;;) {
      const page: AccountPage = await store.list({ tenant: null, after, limit: 4 });
      const last: AccountRow | undefined = page.rows.at(-1);
      expect(page.total).toBe(6);
      if (last === undefined) break;
      seen.push(...page.rows.map((row) => `${row.tenant} ${row.accountId}`));
      after = { tenant: last.tenant, accountId: last.accountId };
    }
    expect(seen).toEqual(['ws_acme', 'ws_beta'].flatMap((tenant) => ['a', 'b', 'c'].map((id) => `${tenant} ${id}`)));
  });

  test('reads rows that the dashboard itself wrote', async () => {
    const store = prismaAccountStore(prisma);
    await store.put(ROW);
    await query(`UPDATE social_accounts SET metadata = NULL, "tokenExpiresAt" = NULL, status = 'SUSPENDED'`);
    expect(await store.load(KEY)).toMatchObject({ scopes: [], username: null, accessExpiresAt: 0, status: 'RESTRICTED' });
  });

  test('finds an account by its row id and by its TikTok id', async () => {
    const store = prismaAccountStore(prisma);
    const accounts = prismaAccounts(prisma);
    await store.put(ROW);
    await store.put({ ...ROW, tenant: 'ws_beta' });
    const [row] = await query<{ id: string }>(`SELECT id FROM social_accounts WHERE "workspaceId" = 'ws_beta'`);
    expect(await accounts.find(row?.id ?? '', null)).toEqual([
      { workspaceId: 'ws_beta', accountId: 'open-1', status: 'ACTIVE' },
    ]);
    expect(await accounts.find('open-1', null)).toHaveLength(2);
    expect(await accounts.find('open-1', 'ws_acme')).toHaveLength(1);
    expect(await accounts.find('unknown', null)).toEqual([]);
  });
});
