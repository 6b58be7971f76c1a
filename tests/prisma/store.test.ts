import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { prismaAccounts, prismaAccountStore, prismaJournal, prismaLeases, prismaMetrics, prismaRequests } from '../../js/prisma.js';
import type { JournalPrisma, LeasePrisma, MetricsPrisma, RequestPrisma, SocialAccountPrisma } from '../../js/prisma.js';
import { accountStoreConformance } from '../../js/testing/index.js';
import { DATABASES, open } from './open.js';
import type { Prisma, Query } from './open.js';
import type { AccountPage, AccountRow, TokenSwap } from '../../js/types.js';

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
const NEXT: TokenSwap = {
  accessTokenSealed: 'sealed-access-2',
  refreshTokenSealed: 'sealed-refresh-2',
  accessExpiresAt: 1_800_007_200_000,
  refreshExpiresAt: null,
  scopes: null,
};

const WORLD = { tenants: ['ws_acme', 'ws_beta'] as const, userId: 'user_olivia' };

/** Returns the same table, with `act` after each row that is read. */
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
  ['TikTokRequest', 'prisma/requests.prisma', () => prismaRequests({} as RequestPrisma)],
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
    const make = () => ({ ...WORLD, store: { ...prismaAccountStore(prisma), ...prismaLeases(prisma), ...prismaJournal(prisma), ...prismaMetrics(prisma), ...prismaRequests(prisma) } });
    for (const { name, run } of accountStoreConformance(make)) test(name, run);
  });

  test('keeps concurrent changes of metadata', async () => {
    const store = prismaAccountStore(prisma);
    await store.save(ROW);
    let reads = 0;
    const disturbed = afterEachRead(prisma, async () => {
      if (++reads === 1) await query(`UPDATE social_accounts SET metadata = metadata || '{"health": 97}'`);
    });
    expect(await prismaAccountStore(disturbed).swap(KEY, 'sealed-refresh-1', NEXT)).toBe(true);
    expect(reads).toBe(2);
    const [row] = await query<{ metadata: object }>('SELECT metadata FROM social_accounts');
    expect(row?.metadata).toMatchObject({ health: 97, refreshStartedAt: null, username: 'ana.makes' });
  });

  test('writes tokens although metadata keeps changing', async () => {
    const store = prismaAccountStore(prisma);
    await store.save(ROW);
    const disturbed = afterEachRead(prisma, () =>
      query(`UPDATE social_accounts SET metadata = metadata || jsonb_build_object('at', clock_timestamp())`),
    );
    expect(await prismaAccountStore(disturbed).swap(KEY, 'sealed-refresh-1', NEXT)).toBe(true);
    expect((await store.load(KEY))?.refreshTokenSealed).toBe('sealed-refresh-2');
  });

  test('loads, lists and removes a saved account', async () => {
    const store = prismaAccountStore(prisma);
    await store.save(ROW);
    await store.save({ ...ROW, tenant: 'ws_beta', connectedAt: ROW.connectedAt + 1 });
    expect(await store.load(KEY)).toEqual(ROW);
    expect((await store.list('ws_acme')).map((row) => row.tenant)).toEqual(['ws_acme']);
    expect((await store.list(null)).map((row) => row.tenant)).toEqual(['ws_acme', 'ws_beta']);
    expect(await store.remove(KEY)).toBe(true);
    expect(await store.remove(KEY)).toBe(false);
    expect(await store.load(KEY)).toBeNull();
    expect(await store.list('ws_beta')).toHaveLength(1);
  });

  test('replaces a saved row and keeps metadata of others', async () => {
    const store = prismaAccountStore(prisma);
    await store.save(ROW);
    const [first] = await query<{ id: string }>('SELECT id FROM social_accounts');
    await query(`UPDATE social_accounts SET metadata = metadata || '{"profileUrl": "kept"}'`);
    await store.save({ ...ROW, displayName: 'Ana B.', connectedBy: 'user_victor', scopes: [] });
    const rows = await query<{ id: string; metadata: object }>('SELECT * FROM social_accounts');
    expect(rows).toMatchObject([{ id: first?.id, metadata: { profileUrl: 'kept', scopes: [] }, userId: 'user_victor' }]);
    expect(await store.load(KEY)).toMatchObject({ displayName: 'Ana B.', connectedBy: 'user_victor' });
  });

  test('swaps only if the refresh token is the expected one', async () => {
    const store = prismaAccountStore(prisma);
    await store.save({ ...ROW, status: 'EXPIRED', refreshStartedAt: 5 });
    expect(await store.swap(KEY, 'another', NEXT)).toBe(false);
    expect(await store.swap(KEY, null, NEXT)).toBe(false);
    expect((await store.load(KEY))?.accessTokenSealed).toBe('sealed-access-1');
    expect(await store.swap(KEY, 'sealed-refresh-1', NEXT)).toBe(true);
    expect(await store.load(KEY)).toEqual({
      ...ROW,
      accessTokenSealed: 'sealed-access-2',
      refreshTokenSealed: 'sealed-refresh-2',
      accessExpiresAt: NEXT.accessExpiresAt,
      refreshExpiresAt: null,
      status: 'ACTIVE',
      refreshStartedAt: null,
    });
    expect(await store.swap({ ...KEY, tenant: 'ws_beta' }, 'sealed-refresh-2', NEXT)).toBe(false);
  });

  test('lets exactly one of ten concurrent swaps succeed', async () => {
    const store = prismaAccountStore(prisma);
    await store.save(ROW);
    const swaps = Array.from({ length: 10 }, (_, at) =>
      store.swap(KEY, 'sealed-refresh-1', { ...NEXT, refreshTokenSealed: `won-by-${at}` }),
    );
    const won = (await Promise.all(swaps)).flatMap((yes, at) => (yes ? [at] : []));
    expect(won).toHaveLength(1);
    expect((await store.load(KEY))?.refreshTokenSealed).toBe(`won-by-${won[0]}`);
  });

  test('compares with NULL when there is no refresh token', async () => {
    const store = prismaAccountStore(prisma);
    await store.save({ ...ROW, refreshTokenSealed: null });
    expect(await store.swap(KEY, 'sealed-refresh-1', NEXT)).toBe(false);
    expect(await store.swap(KEY, null, { ...NEXT, refreshTokenSealed: null, scopes: ['user.info.basic'] })).toBe(true);
    expect(await store.load(KEY)).toMatchObject({ refreshTokenSealed: null, scopes: ['user.info.basic'] });
  });

  test('writes refresh start and status under the same condition', async () => {
    const store = prismaAccountStore(prisma);
    await store.save(ROW);
    expect(await store.beginRefresh(KEY, 'another', 7)).toBe(false);
    expect(await store.beginRefresh(KEY, 'sealed-refresh-1', 7)).toBe(true);
    expect(await store.load(KEY)).toEqual({ ...ROW, refreshStartedAt: 7 });
    expect(await store.setStatus(KEY, 'another', 'EXPIRED')).toBe(false);
    expect(await store.setStatus(KEY, 'sealed-refresh-1', 'EXPIRED')).toBe(true);
    expect(await store.load(KEY)).toEqual({ ...ROW, status: 'EXPIRED' });
  });

  test('reseals only if both tokens are the expected ones', async () => {
    const store = prismaAccountStore(prisma);
    await store.save({ ...ROW, status: 'RATE_LIMITED', refreshStartedAt: 9 });
    const there = { accessTokenSealed: 'sealed-access-1', refreshTokenSealed: 'sealed-refresh-1' };
    const next = { accessTokenSealed: 'next-access', refreshTokenSealed: 'next-refresh' };
    expect(await store.reseal?.(KEY, { ...there, accessTokenSealed: 'another' }, next)).toBe(false);
    expect(await store.reseal?.(KEY, { ...there, refreshTokenSealed: null }, next)).toBe(false);
    expect(await store.reseal?.(KEY, there, next)).toBe(true);
    expect(await store.load(KEY)).toEqual({ ...ROW, ...next, status: 'RATE_LIMITED', refreshStartedAt: 9 });
  });

  test('changes only the expected status, including RESTRICTED', async () => {
    const store = prismaAccountStore(prisma);
    await store.save({ ...ROW, refreshStartedAt: 9 });
    expect(await store.mark?.(KEY, 'EXPIRED', 'ERROR')).toBe(false);
    expect(await store.mark?.(KEY, 'ACTIVE', 'RATE_LIMITED')).toBe(true);
    expect(await store.load(KEY)).toEqual({ ...ROW, status: 'RATE_LIMITED', refreshStartedAt: 9 });
    await query(`UPDATE social_accounts SET status = 'SUSPENDED'`);
    expect(await store.mark?.(KEY, 'RESTRICTED', 'ACTIVE')).toBe(true);
  });

  test('returns every account once, in pages sorted by key', async () => {
    const store = prismaAccountStore(prisma);
    for (const tenant of ['ws_beta', 'ws_acme']) {
      for (const accountId of ['c', 'a', 'b']) await store.save({ ...ROW, tenant, accountId });
    }
    const seen: string[] = [];
    let after: { tenant: string; accountId: string } | null = null;
    for (;;) {
      const page: AccountPage | undefined = await store.listPage?.(after, 4);
      const last: AccountRow | undefined = page?.rows.at(-1);
      expect(page?.total).toBe(6);
      if (page === undefined || last === undefined) break;
      seen.push(...page.rows.map((row) => `${row.tenant} ${row.accountId}`));
      after = { tenant: last.tenant, accountId: last.accountId };
    }
    expect(seen).toEqual(['ws_acme', 'ws_beta'].flatMap((tenant) => ['a', 'b', 'c'].map((id) => `${tenant} ${id}`)));
  });

  test('reads rows that the dashboard itself wrote', async () => {
    const store = prismaAccountStore(prisma);
    await store.save(ROW);
    await query(`UPDATE social_accounts SET metadata = NULL, "tokenExpiresAt" = NULL, status = 'SUSPENDED'`);
    expect(await store.load(KEY)).toMatchObject({ scopes: [], username: null, accessExpiresAt: 0, status: 'RESTRICTED' });
  });

  test('finds an account by its row id and by TikTok\'s id', async () => {
    const store = prismaAccountStore(prisma);
    const accounts = prismaAccounts(prisma);
    await store.save(ROW);
    await store.save({ ...ROW, tenant: 'ws_beta' });
    const [row] = await query<{ id: string }>(`SELECT id FROM social_accounts WHERE "workspaceId" = 'ws_beta'`);
    expect(await accounts.find(row?.id ?? '', null)).toEqual([
      { workspaceId: 'ws_beta', accountId: 'open-1', status: 'ACTIVE' },
    ]);
    expect(await accounts.find('open-1', null)).toHaveLength(2);
    expect(await accounts.find('open-1', 'ws_acme')).toHaveLength(1);
    expect(await accounts.find('unknown', null)).toEqual([]);
  });
});
