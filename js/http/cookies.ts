import type { LoginStart } from '../types.js';
import type { OwnAddress } from './origin.js';

/** The maximum number of unfinished logins per browser. A cookie has up to 1.5 KB, and servers limit the size of headers. */
const MAX_FLOWS = 4;

export function readCookies(request: Request): Record<string, string> {
  const cookies: Record<string, string> = {};
  for (const part of (request.headers.get('cookie') ?? '').split(';')) {
    const at = part.indexOf('=');
    if (at <= 0) continue;
    const name = part.slice(0, at).trim();
    // If two cookies have the same name, the first one has the longer path and therefore belongs to these routes.
    if (!Object.hasOwn(cookies, name)) cookies[name] = part.slice(at + 1).trim();
  }
  return cookies;
}

function serialize(name: string, value: string, maxAgeSec: number, address: OwnAddress): string {
  const secure = address.secure ? '; Secure' : '';
  return `${name}=${value}; Path=${address.cookiePath}; Max-Age=${maxAgeSec}; HttpOnly; SameSite=Lax${secure}`;
}

export function dropCookie(name: string, address: OwnAddress): string {
  return serialize(name, '', 0, address);
}

/** Returns the cookie of a new login. Also removes the oldest login cookie when the browser has more than four. */
export function loginCookies(
  cookie: LoginStart['cookie'],
  present: Record<string, string>,
  address: OwnAddress,
): string[] {
  // Each name ends in a hash of the login's state. Browsers send older cookies first (RFC 6265, 5.4).
  const prefix = cookie.name.replace(/[0-9a-zA-Z]+$/, '');
  const others = Object.keys(present).filter((name) => name.startsWith(prefix) && name !== cookie.name);
  const dropped = others.slice(0, Math.max(0, others.length - (MAX_FLOWS - 1)));
  return [
    ...dropped.map((name) => dropCookie(name, address)),
    serialize(cookie.name, cookie.value, cookie.maxAgeSec, address),
  ];
}
