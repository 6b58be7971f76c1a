import { prisma } from '@/lib/database';
import { createSocialClient } from './factory';
import { getValidAccessToken } from './tokens';

export interface InboxResult {
  collected: number;
  skipped: number;
  failed: number;
}

/** Stores the new comments of all active accounts. */
export async function collectInbox(): Promise<InboxResult> {
  const result: InboxResult = { collected: 0, skipped: 0, failed: 0 };
  for (const account of await prisma().socialAccount.findMany({ where: { status: 'ACTIVE' } })) {
    try {
      const accessToken = await getValidAccessToken(account);
      const client = await createSocialClient(account.platform, { accessToken, accountId: account.accountId });
      if (client.getComments === undefined) {
        result.skipped += 1;
        continue;
      }
      for (const post of await client.getPosts(10)) {
        const comments = await client.getComments(post.platformPostId, 50);
        const { count } = await prisma().socialInboxItem.createMany({
          data: comments.map(({ id, author, text, createdAt }) => ({
            accountId: account.id,
            externalId: id,
            author,
            text,
            receivedAt: createdAt,
          })),
          skipDuplicates: true,
        });
        result.collected += count;
      }
    } catch (error) {
      console.error(error);
      result.failed += 1;
    }
  }
  return result;
}
