import { createHash, randomBytes } from 'node:crypto';
import { cookies } from 'next/headers';
import { prisma } from './database';

const COOKIE = 'dashboard_session';
const LIFETIME_SEC = 12 * 60 * 60;

export interface Session {
  user: { id: string; name: string; email: string; operator: boolean };
}

function hash(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/** Returns the session, or `null`. Reads the database on each call, so that a sign-out takes effect immediately. */
export async function auth(): Promise<Session | null> {
  const token = (await cookies()).get(COOKIE)?.value;
  if (!token) return null;
  const found = await prisma().session.findUnique({
    where: { tokenHash: hash(token) },
    include: { user: { select: { id: true, name: true, email: true, operator: true } } },
  });
  return found && found.expiresAt > new Date() ? { user: found.user } : null;
}

/** Starts a new session and deletes the previous one, so that a token from before the sign-in becomes invalid. */
export async function signIn(userId: string): Promise<void> {
  await signOut();
  const token = randomBytes(32).toString('base64url');
  const expiresAt = new Date(Date.now() + LIFETIME_SEC * 1000);
  await prisma().session.deleteMany({ where: { expiresAt: { lt: new Date() } } });
  await prisma().session.create({ data: { tokenHash: hash(token), userId, expiresAt } });
  (await cookies()).set(COOKIE, token, {
    httpOnly: true,
    // Lax, because the browser must send the cookie with TikTok's redirect.
    sameSite: 'lax',
    secure: (process.env.NEXTAUTH_URL ?? '').startsWith('https:'),
    path: '/',
    maxAge: LIFETIME_SEC,
  });
}

export async function signOut(): Promise<void> {
  const jar = await cookies();
  const token = jar.get(COOKIE)?.value;
  if (!token) return;
  await prisma().session.deleteMany({ where: { tokenHash: hash(token) } });
  jar.delete(COOKIE);
}
