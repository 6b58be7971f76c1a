import { variable, webAddress } from '../runtime/environment.js';
import type { Environment } from '../runtime/environment.js';
import { ToklinkError } from '../errors.js';

const DEFAULT_BASE = 'http://localhost:3000';
const CALLBACK_PATH = '/api/social/tiktok/callback';

/** The URL of this host. It only comes from the configuration, because the sender of a request chooses the Host header. */
export interface OwnAddress {
  /** For example `https://spike.land`. */
  origin: string;
  redirectUri: string;
  secure: boolean;
  /** The path of login cookies: the folder of the callback. */
  cookiePath: string;
}

function isLocal(host: string): boolean {
  return /^(localhost|127\.0\.0\.1|\[::1\])(:|\/|$)/.test(host);
}

function withScheme(value: string): string {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(value)) return value;
  return isLocal(value) ? `http://${value}` : `https://${value}`;
}

function address(env: Environment, name: string): URL | undefined {
  const text = variable(env, name);
  return text === undefined ? undefined : webAddress(name, withScheme(text));
}

function base(env: Environment): URL | string {
  const named = address(env, 'NEXTAUTH_URL') ?? address(env, 'VERCEL_URL') ?? address(env, 'NEXT_PUBLIC_APP_URL');
  if (named === undefined && env['NODE_ENV'] === 'production') throw noAddress();
  return named ?? DEFAULT_BASE;
}

function noAddress(): ToklinkError {
  const problem = `is not set and NODE_ENV is production, so logins would return to ${DEFAULT_BASE}`;
  const fix = 'set it to the redirect URI registered with TikTok, or set NEXTAUTH_URL to the URL of the app';
  return ToklinkError.config([{ variable: 'TIKTOK_CALLBACK_URL', problem, fix }]);
}

/**
 * Throws CONFIG when a production server starts without a configured URL. Does nothing in `next build`, which also loads the
 * routes, often without the server's environment variables.
 */
export function requireAddress(env: Environment): void {
  if (env['NEXT_PHASE'] === 'phase-production-build') return;
  const names = ['TIKTOK_CALLBACK_URL', 'NEXTAUTH_URL', 'VERCEL_URL', 'NEXT_PUBLIC_APP_URL'];
  if (env['NODE_ENV'] === 'production' && names.every((name) => variable(env, name) === undefined)) throw noAddress();
}

/**
 * Returns the app's URL from the first of these variables that is set: TIKTOK_CALLBACK_URL, NEXTAUTH_URL, VERCEL_URL,
 * NEXT_PUBLIC_APP_URL. If none is set, returns `http://localhost:3000`, or throws CONFIG if NODE_ENV is production. Also throws
 * CONFIG when the variable is not a web URL.
 */
export function ownAddress(env: Environment, callbackPath: string = CALLBACK_PATH): OwnAddress {
  const callback = address(env, 'TIKTOK_CALLBACK_URL') ?? new URL(callbackPath, base(env));
  const folder = callback.pathname.slice(0, callback.pathname.lastIndexOf('/'));
  return {
    origin: callback.origin,
    redirectUri: callback.href,
    secure: callback.protocol === 'https:',
    cookiePath: folder === '' ? '/' : folder,
  };
}

/**
 * Returns the URL of `path` with these query parameters on the host's own origin. A path that leads to another origin becomes
 * `/`.
 */
export function ownUrl(address: OwnAddress, path: string, query: Record<string, string> = {}): string {
  const root = new URL('/', address.origin);
  const built = path.startsWith('/') && URL.canParse(path, root) ? new URL(path, root) : root;
  // Checked after URL parsing, because browsers remove tabs and line breaks and treat a backslash as a slash.
  const isOwn = built.origin === root.origin && built.username === '' && built.password === '';
  const url = isOwn ? built : root;
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return url.href;
}
