import { TikTokClient } from './social/client.js';
import type { SocialClientOptions } from './social/types.js';

export { generatePKCE, TikTokClient } from './social/client.js';
export { configureSocial, resetSocial } from './social/tokens.js';
export type { SharedClientOptions } from './social/tokens.js';
export type * from './social/types.js';

/** What can be done with a post through the API: TikTok's Login Kit offers none of it. */
export const PLATFORM_CAPABILITIES = { TIKTOK: { canLike: false, canReply: false, canShare: false } } as const;

/** The case of the dashboard's factory. */
export async function createSocialClient(_platform: 'TIKTOK', options?: SocialClientOptions): Promise<TikTokClient> {
  return new TikTokClient(options);
}

/** The case of the dashboard's `getSocialAuthUrl`. */
export function getSocialAuthUrl(
  _platform: 'TIKTOK',
  redirectUri: string,
  state: string,
  codeChallenge?: string,
): string {
  return new TikTokClient().getAuthUrl(redirectUri, state, codeChallenge);
}
