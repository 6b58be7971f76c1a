import { prisma } from '@/lib/database';
import { tiktokClient } from '@/lib/tiktok';
import { accountClient } from './account-client';

const ACCOUNTS_PER_RUN = 100;
/** Less than 15 minutes, the interval of the scheduler. */
const MAX_AGE_MS = 10 * 60 * 1000;
/** The maximum value of a `Decimal(5,4)` column. */
const LARGEST_RATE = 9.9999;

export interface CollectResult {
  success: number;
  failure: number;
  skipped: number;
}

/** Stores today's metrics of the active accounts. A failure affects only its own account. */
export async function collectMetrics(): Promise<CollectResult> {
  const result = await collectTikTok();
  const accounts = await prisma().socialAccount.findMany({
    where: { status: 'ACTIVE', platform: { not: 'TIKTOK' } },
    orderBy: { updatedAt: 'asc' },
    take: ACCOUNTS_PER_RUN,
  });
  const date = new Date(new Date().toISOString().slice(0, 10));
  for (const account of accounts) {
    try {
      const client = await accountClient(account);
      const { followers, following, postsCount, engagementRate = 0, impressions = 0, reach = 0 } = await client.getMetrics();
      const data = {
        followers,
        following,
        postsCount,
        engagementRate: Math.min(LARGEST_RATE, engagementRate / 100),
        impressions,
        reach,
        likes: 0,
        comments: 0,
        shares: 0,
      };
      const where = { accountId_date: { accountId: account.id, date } };
      await prisma().socialMetrics.upsert({ where, update: data, create: { ...data, accountId: account.id, date } });
      result.success += 1;
    } catch (error) {
      console.error(error);
      result.failure += 1;
    }
  }
  return result;
}

/** Collects the TikTok accounts with toklink, which respects TikTok's limits and writes to the same table. */
async function collectTikTok(): Promise<CollectResult> {
  const { collected, current, skipped, failed, failures } = await tiktokClient().collectMetrics({
    limit: ACCOUNTS_PER_RUN,
    maxAgeMs: MAX_AGE_MS,
  });
  for (const { accountId, message, cause } of failures) console.error(`metrics of ${accountId}: ${message}`, cause);
  return { success: collected, failure: failed, skipped: current + skipped };
}
