import { prisma } from '@/lib/database';
import { createSocialClient } from '@/lib/social/factory';
import { getValidAccessToken } from '@/lib/social/tokens';

export interface Published {
  accountId: string;
  platformPostId?: string;
  url?: string;
  error?: string;
}

/** Publishes a scheduled post to each of its accounts. */
export async function publishScheduled(postId: string): Promise<{ results: Published[] }> {
  const post = await prisma().scheduledPost.findUniqueOrThrow({
    where: { id: postId },
    include: { accounts: { include: { account: true } } },
  });
  const results = await Promise.all(
    post.accounts.map(async ({ account }): Promise<Published> => {
      try {
        const accessToken = await getValidAccessToken(account);
        const client = await createSocialClient(account.platform, { accessToken, accountId: account.accountId });
        const { mediaUrls, mediaIds } = post;
        const { platformPostId, url, publishedAt } = await client.createPost(post.content, { mediaUrls, mediaIds });
        await prisma().postAccount.create({ data: { accountId: account.id, platformPostId, url, publishedAt } });
        return { accountId: account.id, platformPostId, url };
      } catch (error) {
        return { accountId: account.id, error: error instanceof Error ? error.message : 'Unknown error' };
      }
    }),
  );
  for (const { accountId, ...outcome } of results) {
    await prisma().scheduledPostAccount.update({ where: { postId_accountId: { postId, accountId } }, data: outcome });
  }
  const status = results.every(({ error }) => error === undefined) ? 'PUBLISHED' : 'FAILED';
  await prisma().scheduledPost.update({ where: { id: postId }, data: { status } });
  return { results };
}
