import { TikTokClient } from './social/client.js';
import type { SocialClientOptions } from './social/types.js';

export { generatePKCE, TikTokClient } from './social/client.js';
export { configureSocial, resetSocial } from './social/tokens.js';
export type { SharedClientOptions } from './social/tokens.js';
export type * from './social/types.js';

/** The actions on posts that the API supports. TikTok's Login Kit supports none of them. */
export const PLATFORM_CAPABILITIES = { TIKTOK: { canLike: false, canReply: false, canShare: false } } as const;

/** Creates a client for the dashboard's client factory. */
export async function createSocialClient(_platform: 'TIKTOK', options?: SocialClientOptions): Promise<TikTokClient> {
  return new TikTokClient(options);
}

/** Returns the URL of the consent page, for the dashboard's `getSocialAuthUrl`. */
export function getSocialAuthUrl(
  _platform: 'TIKTOK',
  redirectUri: string,
  state: string,
  codeChallenge?: string,
): string {
  return new TikTokClient().getAuthUrl(redirectUri, state, codeChallenge);
}
