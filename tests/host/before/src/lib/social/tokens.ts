import type { SocialAccount } from '@/generated/prisma/client';
import { prisma } from '@/lib/database';
import { safeDecryptToken, safeEncryptToken } from '@/lib/token-encryption';
import { createSocialClient } from './factory';

const REFRESH_AHEAD_MS = 5 * 60 * 1000;

/** Returns a plaintext access token. Refreshes it first if it is about to expire. A failed refresh sets the account to EXPIRED. */
export async function getValidAccessToken(account: SocialAccount): Promise<string> {
  const accessToken = safeDecryptToken(account.accessTokenEncrypted);
  const { id, platform, tokenExpiresAt, refreshTokenEncrypted } = account;
  if (tokenExpiresAt === null || tokenExpiresAt.getTime() - Date.now() > REFRESH_AHEAD_MS) return accessToken;
  try {
    const client = await createSocialClient(platform, { accessToken, accountId: account.accountId });
    if (refreshTokenEncrypted === null || client.refreshAccessToken === undefined) throw new Error('The token expired');
    const tokens = await client.refreshAccessToken(safeDecryptToken(refreshTokenEncrypted));
    await prisma().socialAccount.update({
      where: { id },
      data: {
        accessTokenEncrypted: safeEncryptToken(tokens.accessToken),
        ...(tokens.refreshToken !== undefined && { refreshTokenEncrypted: safeEncryptToken(tokens.refreshToken) }),
        tokenExpiresAt: tokens.expiresAt ?? null,
        status: 'ACTIVE',
      },
    });
    return tokens.accessToken;
  } catch (error) {
    await prisma().socialAccount.update({ where: { id }, data: { status: 'EXPIRED' } });
    throw error;
  }
}
