import type { SocialAccount } from '@/generated/prisma/client';
import { prisma } from '@/lib/database';

/** Disconnects an account. Its row and its history remain. */
export async function disconnectAccount({ id }: SocialAccount): Promise<void> {
  await prisma().socialAccount.update({ where: { id }, data: { status: 'DISCONNECTED' } });
}
