'use server';

import { redirect } from 'next/navigation';
import { prisma } from '@/lib/database';
import { signIn, signOut } from '@/lib/session';

export async function signInAs(form: FormData): Promise<void> {
  const user = await prisma().user.findUnique({ where: { id: String(form.get('userId') ?? '') } });
  if (!user) redirect('/login?error=There is no such person. Choose one of the list.');
  await signIn(user.id);
  redirect('/');
}

export async function leave(): Promise<void> {
  await signOut();
  redirect('/login');
}
