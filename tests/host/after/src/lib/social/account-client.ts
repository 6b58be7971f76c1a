import type { SocialAccount } from '@/generated/prisma/client';
import { tiktokClient } from '@/lib/tiktok';
import { safeDecryptToken } from '@/lib/token-encryption';
import { createSocialClient } from './factory';
import { getValidAccessToken } from './tokens';
import type { ISocialClient } from './types';

/** Options for one use of an account. */
export interface AccountClientOptions {
  /** Prevents repeated calls from posting twice. */
  idempotencyKey?: string;
}

/** Returns the client of a stored account. A TikTok client is bound to the account, and its session stores and refreshes the tokens. */
export async function accountClient(account: SocialAccount, { idempotencyKey }: AccountClientOptions = {}): Promise<ISocialClient> {
  if (account.platform === 'TIKTOK') {
    const { createSocialClient: tiktok } = await import('toklink/social');
    return tiktok('TIKTOK', {
      client: tiktokClient(),
      account: { tenant: account.workspaceId, accountId: account.accountId },
      defaults: { privacyLevel: 'SELF', ...(idempotencyKey !== undefined && { idempotencyKey }) },
      wait: false,
    });
  }
  return createSocialClient(account.platform, {
    accessToken: await getValidAccessToken(account),
    ...(account.refreshTokenEncrypted !== null && { refreshToken: safeDecryptToken(account.refreshTokenEncrypted) }),
    accountId: account.accountId,
  });
}
