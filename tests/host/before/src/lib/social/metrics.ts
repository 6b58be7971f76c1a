import { prisma } from '@/lib/database';
import { createSocialClient } from './factory';
import { getValidAccessToken } from './tokens';

const ACCOUNTS_PER_RUN = 100;
/** The maximum value of a `Decimal(5,4)` column. */
const LARGEST_RATE = 9.9999;

export interface CollectResult {
  success: number;
  failure: number;
  skipped: number;
}

/** Stores today's metrics of the active accounts. A failure affects only its own account. */
export async function collectMetrics(): Promise<CollectResult> {
  const result: CollectResult = { success: 0, failure: 0, skipped: 0 };
  const accounts = await prisma().socialAccount.findMany({
    where: { status: 'ACTIVE' },
    orderBy: { updatedAt: 'asc' },
    take: ACCOUNTS_PER_RUN,
  });
  const date = new Date(new Date().toISOString().slice(0, 10));
  for (const account of accounts) {
    try {
      const accessToken = await getValidAccessToken(account);
      const client = await createSocialClient(account.platform, { accessToken, accountId: account.accountId });
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
