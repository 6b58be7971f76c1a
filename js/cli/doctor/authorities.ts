import { readFileSync } from 'node:fs';
import { rootCertificates } from 'node:tls';
import type { Env } from './environment.js';
import { ok, wrong } from './finding.js';
import type { Finding } from './finding.js';
import { CA_FILES, problemsWith } from './library-check.js';
import type { Judgement } from './library-check.js';

const CHECK = 'authorities';

/** Checks the files of certificate authorities that the client trusts in addition to the built-in ones. */
export function authorities(env: Env, judgement: Judgement): Finding[] {
  const problems = problemsWith(judgement, ...CA_FILES);
  if (problems.length > 0) {
    return problems.map(({ variable, problem }) => wrong(CHECK, `${variable} ${problem}`, 'Use another file, or unset the variable.'));
  }
  const named = CA_FILES.filter((name) => env[name]);
  return [ok(CHECK, named.length === 0 ? 'only the built-in authorities' : `the built-in authorities and those in ${named.join(' and ')}`)];
}

/** Returns the CA certificates for the doctor's own connections; only the built-in ones when a file is unusable. */
export function trusted(env: Env, judgement: Judgement): string[] {
  const usable = !judgement.blind && problemsWith(judgement, ...CA_FILES).length === 0;
  const files = usable ? CA_FILES.flatMap((name) => env[name] ?? []) : [];
  return [...rootCertificates, ...files.map((file) => readFileSync(file, 'utf8'))];
}
