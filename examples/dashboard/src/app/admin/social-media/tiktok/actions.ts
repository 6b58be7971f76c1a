'use server';

import { revalidatePath } from 'next/cache';
import { prisma } from '@/lib/database';
import { auth } from '@/lib/session';

/** Enables or disables TikTok for a workspace. Its accounts and tokens do not change. */
export async function switchTikTok(form: FormData): Promise<void> {
  const session = await auth();
  if (!session?.user.operator) throw new Error('Only operators can do this.');
  await prisma().workspace.update({
    where: { id: String(form.get('id')) },
    data: { tiktokEnabled: form.get('enabled') === 'true' },
  });
  revalidatePath('/admin/social-media/tiktok');
}
