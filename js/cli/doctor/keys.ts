import type { Env } from './environment.js';
import { ok, warning, wrong } from './finding.js';
import type { Finding } from './finding.js';
import { CA_FILES, problemsWith, keyProblems } from './judged.js';
import type { Judgement } from './judged.js';

/** Forms of docs/tiktok-api.md 0.5. They are observed, not documented, so another form is only a warning. */
const PRODUCTION_KEY = /^aw[a-z0-9]{14}$/;
const SANDBOX_KEY = /^sbaw[a-z0-9]{14}$/;
const SECRET = /^[A-Za-z0-9]{32}$/;

const PORTAL = "Copy it from the app's page in TikTok's developer portal (Manage apps), without spaces or quotes.";
const NEW_KEY = 'Make one with: openssl rand -hex 32. Tokens sealed with a lost key need a new login of their users.';

/** Checks the app's key and secret at TikTok, whether they are of production or sandbox, and the keys that encrypt tokens. */
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
    if (env['NODE_ENV'] !== 'production') return ok(check, 'of a sandbox: only its target users can log in');
    const mend = "In production use the key and secret of the app itself, once TikTok has approved it.";
    return warning(check, 'of a sandbox, and NODE_ENV is production: only its target users can log in', mend);
  }
  if (PRODUCTION_KEY.test(key)) return ok(check, 'of production: it works once TikTok has approved the app');
  const shape = `of ${key.length} characters, in a shape that no key of TikTok was seen to have`;
  return warning(check, shape, `A key has 16 characters and begins with aw, that of a sandbox 18 and sbaw. ${PORTAL}`);
}

function clientSecret(env: Env, judgement: Judgement): Finding {
  const check = 'client secret';
  const secret = env['TIKTOK_CLIENT_SECRET'];
  if (!secret) return wrong(check, 'TIKTOK_CLIENT_SECRET is not set', PORTAL);
  const [found] = problemsWith(judgement, 'TIKTOK_CLIENT_SECRET');
  if (found !== undefined) return wrong(check, `TIKTOK_CLIENT_SECRET ${found.problem}`, PORTAL);
  if (SECRET.test(secret)) return ok(check, 'is set');
  const shape = `of ${secret.length} characters, in a shape that no secret of TikTok was seen to have`;
  return warning(check, shape, `A secret has 32 letters and digits. ${PORTAL}`);
}

function encryption(env: Env, judgement: Judgement): Finding[] {
  const check = 'encryption key';
  const ring = env['TOKEN_ENCRYPTION_KEYS']?.trim();
  const name = ring ? 'TOKEN_ENCRYPTION_KEYS' : 'TOKEN_ENCRYPTION_KEY';
  if (!ring && !env['TOKEN_ENCRYPTION_KEY']?.trim()) return [wrong(check, 'TOKEN_ENCRYPTION_KEY is not set', NEW_KEY)];
  if (judgement.blind) return [warning(check, `${name} could not be tried without the addon`, 'Fix the addon first.')];
  const problems = keyProblems(judgement);
  if (problems.length > 0) return problems.map(({ variable, problem }) => wrong(check, `${variable}: ${problem}`, NEW_KEY));
  if (problemsWith(judgement, ...CA_FILES).length > 0) {
    return [warning(check, `${name} was not tried, since no client opens`, 'Correct the file of authorities first.')];
  }
  if (judgement.sealingKey === null) {
    return [wrong(check, `${name}: a text that it sealed did not open`, 'Please report this fault of toklink.')];
  }
  const count = ring ? ring.split(',').length : 1;
  const others = count > 1 ? `, and ${count - 1} more open what is older` : '';
  const findings = [ok(check, `${judgement.sealingKey} seals and opens${others}`)];
  if (ring && env['TOKEN_ENCRYPTION_KEY']?.trim()) {
    const mend = 'Remove TOKEN_ENCRYPTION_KEY; if it sealed tokens, put it at the end of TOKEN_ENCRYPTION_KEYS first.';
    findings.push(warning(check, 'TOKEN_ENCRYPTION_KEY is set too, and is not used beside TOKEN_ENCRYPTION_KEYS', mend));
  }
  return findings;
}
