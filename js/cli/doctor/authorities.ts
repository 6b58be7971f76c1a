import { readFileSync } from 'node:fs';
import { rootCertificates } from 'node:tls';
import type { Env } from './environment.js';
import { ok, wrong } from './finding.js';
import type { Finding } from './finding.js';
import { CA_FILES, problemsWith } from './judged.js';
import type { Judgement } from './judged.js';

const CHECK = 'authorities';

/** The files with authorities that the client trusts in addition to the built-in ones. */
export function authorities(env: Env, judgement: Judgement): Finding[] {
  const problems = problemsWith(judgement, ...CA_FILES);
  if (problems.length > 0) {
    return problems.map(({ variable, problem }) => wrong(CHECK, `${variable} ${problem}`, 'Name another file, or unset the variable.'));
  }
  const named = CA_FILES.filter((name) => env[name]);
  return [ok(CHECK, named.length === 0 ? 'the built-in ones' : `the built-in ones, and those of ${named.join(' and ')}`)];
}

/** The certificates for a connection that the doctor makes itself; the built-in ones alone while a file is unusable. */
export function trusted(env: Env, judgement: Judgement): string[] {
  const usable = !judgement.blind && problemsWith(judgement, ...CA_FILES).length === 0;
  const files = usable ? CA_FILES.flatMap((name) => env[name] ?? []) : [];
  return [...rootCertificates, ...files.map((file) => readFileSync(file, 'utf8'))];
}
