import { headers } from 'next/headers';

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * Returns true if this request may sign in without a password: NEXTAUTH_URL is on loopback, and the Host header matches it.
 * The Host check rejects pages on another domain that resolves to 127.0.0.1 (DNS rebinding). A dashboard on the internet
 * needs a real sign-in.
 */
export async function maySignInWithoutPassword(): Promise<boolean> {
  const own = new URL(process.env.NEXTAUTH_URL ?? 'http://localhost:3000');
  return LOOPBACK.has(own.hostname) && (await headers()).get('host') === own.host;
}
