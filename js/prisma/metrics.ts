import type { AccountKey, MetricsRow, MetricsStore } from '../types.js';
import type { LeasePrisma } from './leases.js';
import { missingModel } from './model.js';

const PLATFORM = 'TIKTOK';
/** The maximum of the dashboard's 32-bit columns; the exact numbers are in `rawData`. */
const LARGEST_INT = 2_147_483_647;

/** The part of a Prisma client that toklink uses: the dashboard's `SocialMetrics` and toklink's lease table. */
export interface MetricsPrisma extends LeasePrisma {
  socialAccount: {
    findMany(args: any): PromiseLike<{ id: string; workspaceId: string; accountId: string }[]>;
  };
  socialMetrics: {
    findMany(args: any): PromiseLike<{ accountId: string; date: Date; rawData?: unknown }[]>;
    upsert(args: any): PromiseLike<unknown>;
  };
  tikTokLease: LeasePrisma['tikTokLease'] & { findMany(args: any): PromiseLike<{ name: string }[]> };
}

const idOf = ({ tenant, accountId }: AccountKey): string => JSON.stringify([tenant, accountId]);
const leaseOf = (day: string, key: AccountKey): string => `metrics ${day} ${idOf(key)}`;
const dateOf = (day: string): Date => new Date(`${day}T00:00:00.000Z`);
/** The maximum of the dashboard's `Decimal(5,4)`. */
const LARGEST_RATE = 9.9999;

/** Returns the dashboard's engagement rate: interactions per view as a fraction with four decimal places; 0 without views. */
const fractionOf = (interactions: number, views: number): number =>
  views > 0 ? Math.min(LARGEST_RATE, Math.round((interactions / views) * 10_000) / 10_000) : 0;

/** Options for a host whose table differs from the dashboard's. */
export interface PrismaMetricsOptions {
  /** Converts the engagement rate, a fraction from 0 to 9.9999, to the column's unit, such as percent. Default: unchanged. */
  engagementRate?: (fraction: number) => unknown;
}

const column = (figure: number): number => Math.min(LARGEST_INT, Math.max(-LARGEST_INT, Math.trunc(figure)));

type StoredMetrics = Omit<MetricsRow, 'tenant' | 'accountId' | 'day'>;

/** Returns the `toklink` part of `rawData`, if any. */
const metricsOf = (rawData: unknown): StoredMetrics | null => ((rawData ?? {}) as { toklink?: StoredMetrics }).toklink ?? null;

/**
 * Returns a metrics store in the dashboard's `SocialMetrics`, with one row for each account and day. Workers claim accounts with rows
 * of `tiktok_leases`. `impressions` contains the views of the newest videos, and `engagementRate` a fraction that fits `Decimal(5,4)`.
 * `reach` is 0, because TikTok does not report it.
 */
export function prismaMetrics(
  prisma: MetricsPrisma,
  { engagementRate = (fraction) => fraction }: PrismaMetricsOptions = {},
): MetricsStore {
  const { socialMetrics, tikTokLease: leases, socialAccount } = prisma;
  if (leases === undefined) throw missingModel('TikTokLease', 'leases', 'metrics');
  if (socialMetrics === undefined) throw missingModel('SocialMetrics', 'metrics', 'metrics');

  /** Resolves to the host's row ids by account. */
  async function idsOf(accounts: AccountKey[]): Promise<Map<string, string>> {
    const rows = await socialAccount.findMany({
      where: {
        platform: PLATFORM,
        // Excludes disconnected accounts. Their rows and history stay, and toklink uses them again after a reconnect.
        accessTokenEncrypted: { not: '' },
        OR: accounts.map(({ tenant, accountId }) => ({ workspaceId: tenant, accountId })),
      },
    });
    return new Map(rows.map((row) => [idOf({ tenant: row.workspaceId, accountId: row.accountId }), row.id]));
  }

  /** Resolves to the times at which toklink read a day's metrics, by the host's row id. Omits rows that toklink did not write. */
  async function readAtOf(day: string, ids: string[]): Promise<Map<string, number>> {
    const rows = await socialMetrics.findMany({ where: { accountId: { in: ids }, date: dateOf(day) } });
    return new Map(
      rows.flatMap(({ accountId, rawData }) => {
        const metrics = metricsOf(rawData);
        return metrics === null ? [] : [[accountId, metrics.readAt] as const];
      }),
    );
  }

  async function release(day: string, accounts: AccountKey[], owner?: string): Promise<void> {
    const name = { in: accounts.map((key) => leaseOf(day, key)) };
    await leases.deleteMany({ where: { name, ...(owner !== undefined && { owner }) } });
  }

  return {
    async claim({ day, owner, now, ttlMs, freshSince }, accounts) {
      const names = accounts.map((key) => leaseOf(day, key));
      await leases.deleteMany({ where: { name: { in: names }, until: { lte: new Date(now) } } });
      const until = new Date(now + ttlMs);
      await leases.createMany({ data: names.map((name) => ({ name, owner, until })), skipDuplicates: true });
      const held = await leases.findMany({ where: { name: { in: names }, owner } });
      const mine = new Set(held.map(({ name }) => name));
      const claimed = accounts.filter((key) => mine.has(leaseOf(day, key)));
      if (claimed.length === 0) return [];
      // Read the metrics after the claim, because the previous owner may have written the row just before it released its claim.
      const ids = await idsOf(claimed);
      const readAt = await readAtOf(day, [...ids.values()]);
      const done = new Set([...readAt].filter(([, at]) => at >= freshSince).map(([id]) => id));
      const isDone = (key: AccountKey): boolean => done.has(ids.get(idOf(key)) ?? '');
      await release(day, claimed.filter(isDone), owner);
      return claimed.filter((key) => !isDone(key));
    },

    release: (day, owner, accounts) => release(day, accounts, owner),

    async save(rows) {
      const ids = await idsOf(rows);
      const days = new Set(rows.map(({ day }) => day));
      const stored = new Map<string, Map<string, number>>();
      for (const day of days) stored.set(day, await readAtOf(day, [...ids.values()]));
      for (const { tenant, accountId, day, ...metrics } of rows) {
        const id = ids.get(idOf({ tenant, accountId }));
        // The account and its metrics were erased while the request to TikTok was running.
        if (id === undefined) continue;
        // A slow worker must not replace newer metrics.
        if ((stored.get(day)?.get(id) ?? metrics.readAt) > metrics.readAt) continue;
        const interactions = metrics.videoLikes + metrics.comments + metrics.shares;
        const data = {
          followers: column(metrics.followers),
          following: column(metrics.following),
          postsCount: column(metrics.videoCount),
          engagementRate: engagementRate(fractionOf(interactions, metrics.views)),
          impressions: column(metrics.views),
          reach: 0,
          likes: column(metrics.likes),
          comments: column(metrics.comments),
          shares: column(metrics.shares),
          rawData: { toklink: metrics },
        };
        const date = dateOf(day);
        const where = { accountId_date: { accountId: id, date } };
        await socialMetrics.upsert({ where, update: data, create: { ...data, accountId: id, date } });
      }
      for (const day of days) await release(day, rows.filter((row) => row.day === day));
    },

    async range(key, from, to) {
      const id = (await idsOf([key])).get(idOf(key));
      if (id === undefined) return [];
      const rows = await socialMetrics.findMany({
        where: { accountId: id, date: { gte: dateOf(from), lte: dateOf(to) } },
        orderBy: { date: 'asc' },
      });
      return rows.flatMap(({ date, rawData }) => {
        const metrics = metricsOf(rawData);
        return metrics === null ? [] : [{ ...key, day: date.toISOString().slice(0, 10), ...metrics }];
      });
    },
  };
}
