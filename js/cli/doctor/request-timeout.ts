import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ok, warning } from './finding.js';
import type { Finding } from './finding.js';
import { firstOf, withoutComments } from './source.js';

const CHECK = 'long uploads';
/** The files in which a Next.js app can access its HTTP server: the instrumentation file or a custom server. */
const FILES = ['instrumentation', 'src/instrumentation', 'server', 'src/server'];
const ENDINGS = ['.ts', '.js', '.mts', '.mjs', '.cjs'];

/**
 * Checks that the app sets Node's `requestTimeout`, which by default aborts a request that takes more than 300 s to arrive. Reads the
 * file as text and does not run it.
 */
export function requestTimeout(folder: string): Finding[] {
  for (const name of FILES) {
    const file = firstOf(folder, [name], ENDINGS);
    if (file === undefined) continue;
    if (/requestTimeout/i.test(withoutComments(readFileSync(join(folder, file), 'utf8')))) return [ok(CHECK, `${file} sets requestTimeout`)];
  }
  const found = 'requestTimeout is not set, so Node aborts an upload after 300 s; toklink/react resumes it, but other clients start over';
  const fix = 'Set it in instrumentation.ts, for example to one hour. See "Long uploads" in docs/GUIDE_NEXTJS.md for the code.';
  return [warning(CHECK, found, fix)];
}
