import type { Env } from './environment.js';
import { ok, warning, wrong } from './finding.js';
import type { Finding } from './finding.js';
import { CA_FILES, problemsWith, keyProblems } from './library-check.js';
import type { Judgement } from './library-check.js';

/** Key formats (docs/tiktok-api.md 0.5). TikTok does not document them, so a different format is only a warning. */
const PRODUCTION_KEY = /^aw[a-z0-9]{14}$/;
const SANDBOX_KEY = /^sbaw[a-z0-9]{14}$/;
const SECRET = /^[A-Za-z0-9]{32}$/;

const PORTAL = "Copy it from the app's page in TikTok's developer portal (Manage apps), without spaces or quotes.";
const NEW_KEY = 'Create one with: openssl rand -hex 32. If a key is lost, users whose tokens it encrypted must log in again.';

/** Checks the client key, the client secret and the encryption keys. Reports whether the client key is for production or a sandbox. */
export function keys(env: Env, judgement: Judgement): Finding[] {
  return [clientKey(env, judgement), clientSecret(env, judgement), ...encryption(env, judgement)];
}

function clientKey(env: Env, judgement: Judgement): Finding {
  const check = 'client key';
  const key = env['TIKTOK_CLIENT_KEY']?.trim();
  if (!key) return wrong(check, 'TIKTOK_CLIENT_KEY is not set', PORTAL);
  const [found] = problemsWith(judgement, 'TIKTOK_CLIENT_KEY');
  if (found !== undefined) return wrong(check, `TIKTOK_CLIENT_KEY ${found.problem}`, PORTAL);
  if (SANDBOX_KEY.test(key)) {
    if (env['NODE_ENV'] !== 'production') return ok(check, 'belongs to a sandbox; only target users of the sandbox can log in');
    const fix = "In production, use the key and secret of the app itself after TikTok has approved it.";
    return warning(check, 'belongs to a sandbox, but NODE_ENV is production; only target users of the sandbox can log in', fix);
  }
  if (PRODUCTION_KEY.test(key)) return ok(check, 'belongs to production and works after TikTok has approved the app');
  const shape = `has ${key.length} characters and does not look like a TikTok client key`;
  return warning(check, shape, `A client key has 16 characters and starts with aw; a sandbox key has 18 and starts with sbaw. ${PORTAL}`);
}

function clientSecret(env: Env, judgement: Judgement): Finding {
  const check = 'client secret';
  const secret = env['TIKTOK_CLIENT_SECRET'];
  if (!secret) return wrong(check, 'TIKTOK_CLIENT_SECRET is not set', PORTAL);
  const [found] = problemsWith(judgement, 'TIKTOK_CLIENT_SECRET');
  if (found !== undefined) return wrong(check, `TIKTOK_CLIENT_SECRET ${found.problem}`, PORTAL);
  if (SECRET.test(secret)) return ok(check, 'is set');
  const shape = `has ${secret.length} characters and does not look like a TikTok client secret`;
  return warning(check, shape, `A client secret has 32 letters and digits. ${PORTAL}`);
}

function encryption(env: Env, judgement: Judgement): Finding[] {
  const check = 'encryption key';
  const ring = env['TOKEN_ENCRYPTION_KEYS']?.trim();
  const name = ring ? 'TOKEN_ENCRYPTION_KEYS' : 'TOKEN_ENCRYPTION_KEY';
  if (!ring && !env['TOKEN_ENCRYPTION_KEY']?.trim()) return [wrong(check, 'TOKEN_ENCRYPTION_KEY is not set', NEW_KEY)];
  if (judgement.blind) return [warning(check, `${name} was not checked, because the addon does not load`, 'Fix the addon first.')];
  const problems = keyProblems(judgement);
  if (problems.length > 0) return problems.map(({ variable, problem }) => wrong(check, `${variable}: ${problem}`, NEW_KEY));
  if (problemsWith(judgement, ...CA_FILES).length > 0) {
    return [warning(check, `${name} was not checked, because no client can be created`, 'Correct the CA file first.')];
  }
  if (judgement.sealingKey === null) {
    return [wrong(check, `${name} could not decrypt a text that it encrypted`, 'This is a bug in toklink. Please report it.')];
  }
  const count = ring ? ring.split(',').length : 1;
  const others = count > 1 ? `, and ${count - 1} older keys can decrypt` : '';
  const findings = [ok(check, `${judgement.sealingKey} encrypts and decrypts${others}`)];
  if (ring && env['TOKEN_ENCRYPTION_KEY']?.trim()) {
    const fix = 'Remove TOKEN_ENCRYPTION_KEY; if it encrypted tokens, add it to the end of TOKEN_ENCRYPTION_KEYS first.';
    findings.push(warning(check, 'TOKEN_ENCRYPTION_KEY is ignored, because TOKEN_ENCRYPTION_KEYS is set too', fix));
  }
  return findings;
}
