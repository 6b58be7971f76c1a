import { ownAddress } from '../../http/origin.js';
import type { Env } from './environment.js';
import { ok, warning, wrong } from './finding.js';
import type { Finding } from './finding.js';

const CHECK = 'redirect URI';
/** The maximum length of a redirect URI (docs/tiktok-api.md 1.2). */
const MAX_LENGTH = 511;

/** Checks the URL to which TikTok redirects users against the rules of docs/tiktok-api.md 1.2. */
export function redirect(env: Env): Finding[] {
  const named = env['TIKTOK_CALLBACK_URL']?.trim();
  let url: URL;
  try {
    url = new URL(named ?? ownAddress(env).redirectUri);
  } catch {
    const name = named !== undefined ? 'TIKTOK_CALLBACK_URL' : source(env);
    if (name === null) {
      const found = 'NODE_ENV is production and the URL of the app is not set, so the routes do not start';
      return [wrong(CHECK, found, 'Set TIKTOK_CALLBACK_URL to the redirect URI that is registered with TikTok.')];
    }
    const fix = 'Use the complete URL, for example https://example.com/api/social/tiktok/callback.';
    return [wrong(CHECK, `${name} is not a URL`, fix)];
  }
  const faults = refusals(named ?? url.href, url);
  if (faults.length > 0) return faults;
  const shown = shownUrl(url);
  const platform = isLoopback(url) ? 'Desktop' : 'Web';
  const register = `register exactly this URL under ${platform} in TikTok's portal`;
  if (named) return [ok(CHECK, `${shown}; ${register}`)];
  const from = source(env);
  if (from === 'NEXTAUTH_URL' || from === 'NEXT_PUBLIC_APP_URL') return [ok(CHECK, `${shown}, from ${from}; ${register}`)];
  const fix = 'Set TIKTOK_CALLBACK_URL to the redirect URI that is registered with TikTok.';
  if (from === null) return [warning(CHECK, `TIKTOK_CALLBACK_URL is not set; the web routes would use ${shown}`, fix)];
  return [warning(CHECK, `${shown}, from VERCEL_URL, which differs for each deployment`, fix)];
}

/** Returns the variable from which the routes read the URL of the app. */
function source(env: Env): string | null {
  return ['NEXTAUTH_URL', 'VERCEL_URL', 'NEXT_PUBLIC_APP_URL'].find((name) => env[name]) ?? null;
}

function refusals(text: string, url: URL): Finding[] {
  const refused = (found: string, fix: string): Finding => wrong(CHECK, `${shownUrl(url)} ${found}`, fix);
  const findings: Finding[] = [];
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    return [refused('is not a web URL', 'Use an https URL.')];
  }
  if (url.protocol === 'http:' && !isLoopback(url)) {
    findings.push(refused('uses http, which TikTok only allows for localhost and 127.0.0.1', 'Use an https URL.'));
  }
  if (isLoopback(url) && url.port === '' && !/^https?:\/\/[^/]+:\d+/.test(text)) {
    const fix = 'Add the port, for example http://localhost:3000/...';
    findings.push(refused('has no port, which TikTok requires for localhost', fix));
  }
  if (/[?#]/.test(text)) {
    findings.push(refused('has a query or a fragment, which TikTok rejects', 'Remove the ? or # and everything after it.'));
  }
  if (text.length > MAX_LENGTH) {
    findings.push(refused(`has ${text.length} characters`, `TikTok accepts at most ${MAX_LENGTH}.`));
  }
  if (url.username !== '' || url.password !== '') {
    findings.push(refused('contains a user name', 'Remove the part before the @.'));
  }
  return findings;
}

function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '127.0.0.1';
}

/** Returns the URL without its credentials, query and fragment, which may be private. */
function shownUrl({ origin, pathname, protocol, host }: URL): string {
  return `${origin === 'null' ? `${protocol}//${host}` : origin}${pathname}`;
}
