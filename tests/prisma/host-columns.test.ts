import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { prismaAccounts, prismaAccountStore, prismaHealth, prismaMetrics } from '../../js/prisma.js';
import type { AccountRow, AccountStatus, MetricsRow } from '../../js/types.js';
import { DATABASES, open } from './open.js';
import type { Prisma, Query } from './open.js';

const KEY = { tenant: 'ws_acme', accountId: 'open-1' };
const ROW: AccountRow = {
  ...KEY,
  displayName: 'Ana',
  username: 'ana.makes',
  avatarUrl: null,
  scopes: ['user.info.basic'],
  requestedScopes: [],
  accessTokenSealed: 'sealed-access-1',
  refreshTokenSealed: 'sealed-refresh-1',
  accessExpiresAt: 1_800_000_000_000,
  refreshExpiresAt: null,
  status: 'ACTIVE',
  connectedAt: 1_799_000_000_123,
  connectedBy: 'user_olivia',
  refreshStartedAt: null,
};
const METRICS: MetricsRow = {
  ...KEY,
  day: '2026-11-23',
  followers: 1,
  following: 1,
  likes: 1,
  videoCount: 1,
  videosRead: 1,
  views: 1000,
  videoLikes: 90,
  comments: 5,
  shares: 3,
  readAt: 1_799_000_000_123,
};

describe.each(DATABASES)('the columns of the dashboard on %s', (name, max) => {
  let prisma: Prisma;
  let query: Query;
  let end: () => Promise<void>;
  beforeAll(async () => {
    ({ prisma, query, end } = await open(inject(name), max));
  });
  afterAll(() => end());
  beforeEach(async () => {
    await query('DELETE FROM social_metrics');
    await query('DELETE FROM social_accounts');
  });

  const rows = () => query<Record<string, unknown>>('SELECT * FROM social_accounts');

  test('keeps the row and its metrics after a disconnect', async () => {
    const store = prismaAccountStore(prisma);
    const metrics = prismaMetrics(prisma);
    await store.put(ROW);
    const [before] = await rows();
    await metrics.save([METRICS]);
    expect(await store.remove(KEY)).toBe(true);
    expect(await rows()).toMatchObject([
      { id: before?.['id'], status: 'DISCONNECTED', accessTokenEncrypted: '', refreshTokenEncrypted: null, tokenExpiresAt: null },
    ]);
    expect(await query('SELECT * FROM social_metrics')).toHaveLength(1);
    expect(await store.load(KEY)).toBeNull();
    expect(await store.list({ tenant: null, after: null, limit: 10 })).toEqual({ rows: [], total: 0, withoutTokens: 1 });
    expect(await metrics.range(KEY, '2026-11-01', '2026-11-30')).toEqual([]);
    expect(await prismaAccounts(prisma).find('open-1', null)).toMatchObject([{ status: 'DISCONNECTED' }]);

    await store.put(ROW);
    expect((await rows()).map((row) => row['id'])).toEqual([before?.['id']]);
    expect(await metrics.range(KEY, '2026-11-01', '2026-11-30')).toEqual([METRICS]);
  });

  test("reports a call with the id of the account's row", async () => {
    await prismaAccountStore(prisma).put(ROW);
    const [row] = await rows();
    const rowId = await new Promise((resolve) => {
      const listener = prismaHealth(prisma, (health) => resolve(health.rowId));
      const called = { type: 'called', at: '2026-11-23T10:00:00.000Z', operation: 'userInfo', error: null, quota: null } as const;
      listener({ ...called, account: { ...KEY, tenant: 'ws_other' } });
      listener({ ...called, account: KEY });
    });
    expect(rowId).toBe(row?.['id']);
  });

  test("replaces a metrics row of the host's own collector", async () => {
    await prismaAccountStore(prisma).put(ROW);
    const metrics = prismaMetrics(prisma);
    await metrics.save([METRICS]);
    await query("UPDATE social_metrics SET \"rawData\" = '{}'");
    const claim = { day: METRICS.day, owner: 'a', now: METRICS.readAt, ttlMs: 60_000, freshSince: 0 };
    expect(await metrics.claim(claim, [KEY])).toEqual([KEY]);
    await metrics.save([METRICS]);
    expect(await metrics.range(KEY, METRICS.day, METRICS.day)).toEqual([METRICS]);
    expect(await metrics.claim({ ...claim, owner: 'b' }, [KEY])).toEqual([]);
    await query("DELETE FROM tiktok_leases");
  });

  test('erases the row and its references with onDisconnect: erase', async () => {
    const store = prismaAccountStore(prisma, { onDisconnect: 'erase' });
    await store.put(ROW);
    await prismaMetrics(prisma).save([METRICS]);
    expect(await store.remove(KEY)).toBe(true);
    expect(await rows()).toEqual([]);
    expect(await query('SELECT * FROM social_metrics')).toEqual([]);
  });

  test.each<[AccountStatus, string]>([
    ['ACTIVE', 'ACTIVE'],
    ['RATE_LIMITED', 'ACTIVE'],
    ['RESTRICTED', 'SUSPENDED'],
    ['EXPIRED', 'EXPIRED'],
    ['ERROR', 'ERROR'],
    ['DISCONNECTED', 'EXPIRED'],
  ])('writes %s as %s and reads it back', async (status, column) => {
    const store = prismaAccountStore(prisma);
    await store.put({ ...ROW, status });
    expect(await rows()).toMatchObject([{ status: column }]);
    expect((await store.load(KEY))?.status).toBe(status);
    await store.put(ROW);
    await store.update(KEY, { refreshTokenSealed: 'sealed-refresh-1' }, { status });
    expect(await rows()).toMatchObject([{ status: column }]);
    expect((await store.load(KEY))?.status).toBe(status);
  });

  test('returns a status that the host has set', async () => {
    const store = prismaAccountStore(prisma);
    await store.put({ ...ROW, status: 'RATE_LIMITED' });
    await query(`UPDATE social_accounts SET status = 'EXPIRED'`);
    expect((await store.load(KEY))?.status).toBe('EXPIRED');
    expect(await store.update(KEY, { status: 'RATE_LIMITED' }, { status: 'ACTIVE' })).toBe(false);
    expect(await store.update(KEY, { status: 'EXPIRED' }, { status: 'ERROR' })).toBe(true);
    expect((await store.load(KEY))?.status).toBe('ERROR');
  });

  test('keeps an account SUSPENDED after a refresh', async () => {
    const store = prismaAccountStore(prisma);
    const tokens = { accessTokenSealed: 'sealed-access-2', refreshTokenSealed: 'sealed-refresh-2', accessExpiresAt: 1_800_000_100_000, status: 'ACTIVE' } as const;
    await store.put(ROW);
    await query(`UPDATE social_accounts SET status = 'SUSPENDED'`);
    expect(await store.update(KEY, { refreshTokenSealed: 'sealed-refresh-1' }, tokens)).toBe(true);
    expect(await prismaAccounts(prisma).find('open-1', null)).toMatchObject([{ status: 'SUSPENDED' }]);
    expect(await store.load(KEY)).toMatchObject({ ...tokens, status: 'RESTRICTED' });
    await query(`UPDATE social_accounts SET status = 'ERROR', metadata = NULL`);
    expect(await store.update(KEY, { refreshTokenSealed: 'sealed-refresh-2' }, tokens)).toBe(true);
    expect(await prismaAccounts(prisma).find('open-1', null)).toMatchObject([{ status: 'ACTIVE' }]);
  });

  test.each([
    [{ views: 1000, videoLikes: 90, comments: 5, shares: 3 }, 0.098],
    [{ views: 3, videoLikes: 1, comments: 0, shares: 0 }, 0.3333],
    [{ views: 1, videoLikes: 500, comments: 0, shares: 0 }, 9.9999],
    [{ views: 0, videoLikes: 5, comments: 0, shares: 0 }, 0],
  ])('stores the engagement of %o as the fraction %d', async (sums, fraction) => {
    await prismaAccountStore(prisma).put(ROW);
    await prismaMetrics(prisma).save([{ ...METRICS, ...sums }]);
    const [row] = await query<{ engagementRate: string }>('SELECT "engagementRate" FROM social_metrics');
    expect(Number(row?.engagementRate)).toBe(fraction);
  });

  test('stores the engagement rate that the host computes', async () => {
    await prismaAccountStore(prisma).put(ROW);
    const metrics = prismaMetrics(prisma, { engagementRate: (fraction) => Math.min(9.9, fraction * 100) });
    await metrics.save([METRICS]);
    const [row] = await query<{ engagementRate: string }>('SELECT "engagementRate" FROM social_metrics');
    expect(Number(row?.engagementRate)).toBe(9.8);
  });

});
