import type { SocialAccount } from '@/generated/prisma/client';
import { prisma } from '@/lib/database';

/** Disconnects an account; its row and its history stay. */
export async function disconnectAccount({ id }: SocialAccount): Promise<void> {
  await prisma().socialAccount.update({ where: { id }, data: { status: 'DISCONNECTED' } });
}
