import { VERSION } from '../../version.js';
import type { Env } from './environment.js';
import { codeOf, ok, warning, wrong } from './finding.js';
import type { Finding } from './finding.js';
import { problemsWith } from './library-check.js';
import type { Judgement } from './library-check.js';

/** The base URL of TikTok's API (docs/tiktok-api.md 0.4). */
const API = 'https://open.tiktokapis.com';
const PATIENCE_MS = 10_000;
/** The clock error that login states, leases and token expiries tolerate. */
const SLIGHT_MS = 10_000;
/** The duration of a lease. With a larger clock error, two processes can refresh one token at the same time (docs/STORES.md). */
const MUCH_MS = 60_000;

/** Requests a token for the app itself (docs/tiktok-api.md 2.3), to check whether TikTok accepts the key and the secret. */
export async function tiktok(env: Env, judgement: Judgement, now: () => number = Date.now): Promise<Finding[]> {
  const problems = problemsWith(judgement, 'TIKTOK_API_BASE_URL', 'TIKTOK_AUTH_BASE_URL');
  if (problems.length > 0) {
    const fix = 'Unset it to use TikTok, or use an https URL, or http on this machine.';
    return problems.map(({ variable, problem }) => wrong('TikTok', `${variable} ${problem}`, fix));
  }
  const base = (env['TIKTOK_API_BASE_URL']?.trim() || API).replace(/\/+$/, '');
  const target = `${isLoopback(base) ? 'an emulator, ' : ''}${new URL(base).origin}`;
  // Without the addon, the URL has not been validated, and the secret must not be sent to an unvalidated URL.
  const pairs = judgement.blind ? [] : [env['TIKTOK_CLIENT_KEY']?.trim(), env['TIKTOK_CLIENT_SECRET']?.trim()];
  const [key = '', secret = ''] = pairs;
  const began = now();
  let answer: Response;
  let text: string;
  try {
    answer = await fetch(`${base}/v2/oauth/token/`, {
      method: 'POST',
      redirect: 'manual',
      headers: { 'user-agent': `toklink/${VERSION} doctor`, 'cache-control': 'no-cache' },
      body: new URLSearchParams({ grant_type: 'client_credentials', client_key: key, client_secret: secret }),
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    text = await answer.text();
  } catch (cause) {
    return [unreached(env, target, cause)];
  }
  const took = now() - began;
  const reply = parsed(text);
  if (reply === null) {
    const fix = 'Check for a proxy, a captive portal or an outage, and try again.';
    return [wrong('TikTok', `${target} returned an HTTP ${answer.status} response that is not from TikTok`, fix)];
  }
  const findings = [ok('TikTok', `${target} responded in ${took} ms`), clock(answer.headers.get('date'), began + took / 2)];
  if (key && secret) findings.push(pair(reply));
  return findings;
}

function pair({ access_token: token, error }: Record<string, unknown>): Finding {
  const check = 'key and secret';
  if (typeof token === 'string') return ok(check, 'TikTok accepts them');
  if (error === 'invalid_client') {
    const fix = 'Copy both again from the same page of the portal: the app, or one of its sandboxes, which have their own keys.';
    return wrong(check, 'TikTok rejects them (invalid_client)', fix);
  }
  const said = typeof error === 'string' && /^[a-z_]{1,40}$/.test(error) ? error : 'an undocumented response';
  return warning(check, `TikTok did not check them (${said})`, 'Try again later, or run toklink login, which checks them too.');
}

/** Compares this machine's clock with the Date header. The header has a resolution of one second, so the result may be off by 0.5 s. */
function clock(date: string | null, middle: number): Finding {
  const check = 'clock';
  const theirs = Date.parse(date ?? '');
  if (Number.isNaN(theirs)) return warning(check, 'was not checked, because the response had no Date header', 'Check the clock manually with date -u.');
  const ahead = Math.round((middle - theirs - 500) / 1000);
  const found = `${Math.abs(ahead)} s ${ahead < 0 ? 'behind' : 'ahead of'} the server's clock`;
  const fix = 'Synchronize the clock with NTP (timedatectl set-ntp true); for a container, check the clock of its host.';
  if (Math.abs(ahead) * 1000 >= MUCH_MS) {
    return wrong(check, `${found}, so tokens are refreshed at the wrong time and webhooks and logins are rejected`, fix);
  }
  return Math.abs(ahead) * 1000 > SLIGHT_MS ? warning(check, found, fix) : ok(check, "agrees with the server's clock");
}

function unreached(env: Env, target: string, cause: unknown): Finding {
  const code = codeOf(cause);
  const proxy = ['HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy'].find((name) => env[name]);
  if (proxy !== undefined && !target.startsWith('an emulator')) {
    const fix = 'toklink itself uses the proxy: try toklink login.';
    return warning('TikTok', `${target} is unreachable (${code}); ${proxy} is set, but this check does not use a proxy`, fix);
  }
  const refused = /CERT|SIGNATURE|SSL|TLS|ALTNAME/.test(code);
  if (refused && (env['TIKTOK_CA_FILE'] ?? env['SSL_CERT_FILE']) !== undefined) {
    const fix = 'toklink itself uses TIKTOK_CA_FILE and SSL_CERT_FILE: try toklink login.';
    return warning('TikTok', `${target} is unreachable (${code}); this check only trusts NODE_EXTRA_CA_CERTS`, fix);
  }
  if (target.startsWith('an emulator')) {
    const fix = 'Start it (toklink emulator), or unset TIKTOK_API_BASE_URL to use TikTok.';
    return wrong('TikTok', `${target} is unreachable (${code})`, fix);
  }
  const fix = /TIMEOUT|Timeout|AbortError/.test(code)
    ? 'Allow outgoing connections to port 443.'
    : refused
      ? "A proxy uses its own certificate: set TIKTOK_CA_FILE to the PEM file of the proxy's CA, or bypass the proxy for this host."
      : 'Check the name servers and the firewall of this machine.';
  return wrong('TikTok', `${target} is unreachable (${code})`, fix);
}

function isLoopback(base: string): boolean {
  return /^(localhost|127\.0\.0\.1|\[::1\])$/.test(new URL(base).hostname);
}

function parsed(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    const known = typeof value === 'object' && value !== null && ('access_token' in value || 'error' in value);
    return known ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
