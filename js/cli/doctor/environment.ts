import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { variable } from '../../runtime/environment.js';
import type { Environment } from '../../runtime/environment.js';
import { ok, warning, wrong } from './finding.js';
import type { Finding } from './finding.js';

export type Env = Environment;

const OURS = /^(TIKTOK_|TOKEN_ENCRYPTION_KEYS?$|(TOKLINK_)?REDIS_URL$|CRON_SECRET$|NEXTAUTH_URL$|VERCEL_URL$|NEXT_PUBLIC_APP_URL$)/;
const SECRETS = ['TIKTOK_CLIENT_SECRET', 'TOKEN_ENCRYPTION_KEY', 'TOKEN_ENCRYPTION_KEYS', 'TOKLINK_REDIS_URL', 'REDIS_URL'];

/** Returns the environment that the app in `folder` will have, and the findings about it. */
export function readEnvironment(folder: string, isNext: boolean, env: Env): { env: Env; findings: Finding[] } {
  const check = 'environment';
  const merged: Env = { ...env };
  const findings: Finding[] = [];
  const read: string[] = [];
  if (isNext) {
    for (const name of files(env['NODE_ENV'])) {
      const path = join(folder, name);
      if (!existsSync(path)) continue;
      try {
        for (const [key, value] of Object.entries(parseEnv(readFileSync(path, 'utf8')))) merged[key] ??= value;
        read.push(name);
      } catch {
        findings.push(wrong(check, `${name} cannot be read`, `Grant this user permission to read ${path}.`));
      }
    }
  }
  const set = Object.keys(merged).filter((name) => OURS.test(name) && merged[name]);
  const from = read.length > 0 ? `, ${read.join(' and ')} read as Next.js does` : '';
  findings.push(ok(check, `${set.length} of toklink's variables are set${from}`));
  const open = SECRETS.map((name) => `NEXT_PUBLIC_${name}`).filter((name) => merged[name]);
  if (open.length > 0) {
    const fix = 'Remove the prefix NEXT_PUBLIC_ and replace the value with a new one, because browsers may have received it.';
    findings.push(wrong(check, `${open.join(' and ')} would be sent to every browser`, fix));
  }
  const quoted = set.filter((name) => /^(["']).*\1$/s.test(merged[name] ?? ''));
  if (quoted.length > 0) {
    const fix = 'Remove the quotes: toklink ignores one pair of them, but other programs may not.';
    findings.push(warning(check, `there are quotes around the value of ${quoted.join(' and ')}`, fix));
  }
  for (const name of set) merged[name] = variable(merged, name);
  return { env: merged, findings };
}

/** Returns the environment files that Next.js reads, in order of precedence. */
function files(mode: string | undefined): string[] {
  const named = mode === 'test' || mode === 'development' ? mode : 'production';
  return [`.env.${named}.local`, ...(named === 'test' ? [] : ['.env.local']), `.env.${named}`, '.env'];
}
