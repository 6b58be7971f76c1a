'use server';

import { redirect } from 'next/navigation';
import { prisma } from '@/lib/database';
import { maySignInWithoutPassword } from '@/lib/own-host';
import { signIn, signOut } from '@/lib/session';

export async function signInAs(form: FormData): Promise<void> {
  if (!(await maySignInWithoutPassword())) redirect('/login');
  const user = await prisma().user.findUnique({ where: { id: String(form.get('userId') ?? '') } });
  if (!user) redirect('/login?error=UnknownPerson');
  await signIn(user.id);
  redirect('/');
}

export async function leave(): Promise<void> {
  await signOut();
  redirect('/login');
}
