import { cookies } from 'next/headers';
import { prisma } from './database';

export interface Session {
  user: { id: string; name: string };
}

/** Returns the session of the request's cookie, or `null` for a visitor. */
export async function auth(): Promise<Session | null> {
  const token = (await cookies()).get('session')?.value;
  if (!token) return null;
  const found = await prisma().session.findUnique({ where: { token }, include: { user: true } });
  return found !== null && found.expiresAt > new Date() ? { user: { id: found.user.id, name: found.user.name } } : null;
}
