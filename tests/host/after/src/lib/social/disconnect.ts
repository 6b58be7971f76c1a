import type { SocialAccount } from '@/generated/prisma/client';
import { prisma } from '@/lib/database';
import { tiktokClient } from '@/lib/tiktok';

/** Disconnects an account. Its row and its history remain. */
export async function disconnectAccount({ id, platform, workspaceId, accountId }: SocialAccount): Promise<void> {
  if (platform === 'TIKTOK') return tiktokClient().disconnect({ tenant: workspaceId, accountId });
  await prisma().socialAccount.update({ where: { id }, data: { status: 'DISCONNECTED' } });
}
