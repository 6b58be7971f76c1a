import { headers } from 'next/headers';

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * Returns whether signing in without a password is allowed for this request: the dashboard lives on this machine
 * (NEXTAUTH_URL), and the browser asked for it by that name. A page of another name that resolves to 127.0.0.1 sends its own
 * name as Host, and a dashboard on the internet needs a real sign-in.
 */
export async function maySignInWithoutPassword(): Promise<boolean> {
  const own = new URL(process.env.NEXTAUTH_URL ?? 'http://localhost:3000');
  return LOOPBACK.has(own.hostname) && (await headers()).get('host') === own.host;
}
