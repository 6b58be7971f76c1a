import type { WebhookEvent } from 'toklink';
import { prisma } from '@/lib/database';

/** Stores the result that TikTok reports for a scheduled post. Until the post is public, its id is TikTok's publish id. */
export async function recordOutcome(event: WebhookEvent): Promise<void> {
  if (event.event === 'post.publish.publicly_available') {
    await prisma().postAccount.updateMany({ where: { platformPostId: event.publishId }, data: { platformPostId: event.postId } });
  }
  if (event.event === 'post.publish.failed') {
    const post = { platformPostId: event.publishId };
    await prisma().scheduledPost.updateMany({ where: { accounts: { some: post } }, data: { status: 'FAILED' } });
    await prisma().scheduledPostAccount.updateMany({ where: post, data: { error: `TikTok did not publish it: ${event.reason}` } });
    await prisma().postAccount.deleteMany({ where: post });
  }
}
