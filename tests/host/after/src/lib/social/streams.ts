import type { SocialAccount } from '@/generated/prisma/client';
import { prisma } from '@/lib/database';
import { accountClient } from './account-client';
import type { SocialComment, SocialPost } from './types';

export interface Stream {
  posts: SocialPost[];
  errors: { accountId: string; error: string }[];
}

/** Returns the newest posts of all active accounts of a workspace. */
export async function streamOf(workspaceId: string): Promise<Stream> {
  const accounts = await prisma().socialAccount.findMany({ where: { workspaceId, status: 'ACTIVE' } });
  const stream: Stream = { posts: [], errors: [] };
  for (const account of accounts) {
    try {
      const client = await accountClient(account);
      stream.posts.push(...(await client.getPosts()));
    } catch (error) {
      stream.errors.push({ accountId: account.id, error: error instanceof Error ? error.message : 'Unknown error' });
    }
  }
  stream.posts.sort((a, b) => b.publishedAt.getTime() - a.publishedAt.getTime());
  return stream;
}

/** Returns the comments of a post, or none if the platform's API does not provide them. */
export async function commentsOf(account: SocialAccount, postId: string): Promise<SocialComment[]> {
  const client = await accountClient(account);
  return (await client.getComments?.(postId, 50)) ?? [];
}
