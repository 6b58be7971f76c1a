import type { SocialPlatform } from '@/generated/prisma/client';
import type { ISocialClient, SocialClientOptions } from './types';

/** Returns the client of a platform. Imports it on first use. */
export async function createSocialClient(platform: SocialPlatform, options: SocialClientOptions = {}): Promise<ISocialClient> {
  switch (platform) {
    case 'TWITTER': {
      const { TwitterClient } = await import('./twitter');
      return new TwitterClient(options);
    }
    default:
      throw new Error(`${platform} is not supported yet`);
  }
}
