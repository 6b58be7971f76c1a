import type { SocialPlatform } from '@/generated/prisma/client';
import type { ISocialClient, SocialClientOptions } from './types';

/** Returns the client of a platform. Imports it on first use. */
export async function createSocialClient(platform: SocialPlatform, options: SocialClientOptions = {}): Promise<ISocialClient> {
  switch (platform) {
    case 'TWITTER': {
      const { TwitterClient } = await import('./twitter');
      return new TwitterClient(options);
    }
    case 'TIKTOK': {
      const [{ createSocialClient: tiktok }, { tiktokClient }] = await Promise.all([import('toklink/social'), import('@/lib/tiktok')]);
      return tiktok('TIKTOK', { ...options, client: tiktokClient() });
    }
    default:
      throw new Error(`${platform} is not supported yet`);
  }
}
