import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ok, warning, wrong } from './finding.js';
import type { Finding } from './finding.js';
import { firstOf, textsOf, withoutComments } from './source.js';

const CHECK = 'Next.js';
/** Where videos are sent to. */
const PUBLISH = '/api/social/tiktok/publish';
/** TikTok takes videos up to this size (docs/tiktok-api.md 5.10). */
const LARGEST = 4_000_000_000;
const UNITS: Record<string, number> = { b: 1, kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3 };

/**
 * Next.js keeps a copy of each body that goes through middleware (`proxy` since Next.js 16), and cuts it at 10 MB unless
 * told otherwise: a longer video arrives without its end.
 */
export function middleware(folder: string, config: string): Finding[] {
  const names = ['proxy', 'middleware', 'src/proxy', 'src/middleware'];
  const file = firstOf(folder, names, ['.ts', '.js', '.mts', '.mjs', '.tsx', '.jsx']);
  if (file === undefined) return [];
  const matcher = matchersOf(withoutComments(readFileSync(join(folder, file), 'utf8')));
  if (matcher !== null && !matcher.some((pattern) => matches(pattern, PUBLISH))) {
    return [ok(CHECK, `${file} lets ${PUBLISH} pass by`)];
  }
  const limit = limitIn(config);
  const mend =
    `Keep ${PUBLISH} out of its matcher, for example with '/((?!api/social/tiktok|_next).*)', ` +
    'or set experimental.proxyClientMaxBodySize (middlewareClientMaxBodySize before Next.js 16) to what your largest video needs.';
  if (limit === null) return [wrong(CHECK, `${file} sees ${PUBLISH}, so Next.js cuts videos at 10 MB`, mend)];
  if (limit >= LARGEST) return [ok(CHECK, `${file} sees ${PUBLISH}, and videos up to 4 GB pass`)];
  return [warning(CHECK, `${file} sees ${PUBLISH}, so Next.js cuts videos at ${Math.floor(limit / 1024 ** 2)} MB`, mend)];
}

/** The paths of `config.matcher`, also those of objects with a `source`; `null` where there is none: it sees all. */
function matchersOf(source: string): string[] | null {
  const texts = textsOf(source, 'matcher');
  const sources = [...source.matchAll(/\bsource\s*:\s*(["'`])(.*?)\1/g)].map(([, , text]) => (text ?? '').replaceAll('\\\\', '\\'));
  return /\bmatcher\s*:/.test(source) ? (sources.length > 0 ? sources : texts) : null;
}

/** Next.js's patterns: `:name`, `:name*`, `:name+`, `:name(regex)`, and groups that are regular expressions already. */
function matches(pattern: string, path: string): boolean {
  const expression = pattern
    .replace(/\/:\w+\*/g, '(?:/.*)?')
    .replace(/\/:\w+\+/g, '/.+')
    .replace(/:\w+(?=\()/g, '')
    .replace(/\/:\w+\?/g, '(?:/[^/]+)?')
    .replace(/\/:\w+/g, '/[^/]+');
  try {
    return new RegExp(`^${expression}/?$`).test(path);
  } catch {
    // What cannot be read may match: better one warning too many.
    return true;
  }
}

/** The bytes that Next.js was told to keep; `null` where it was told nothing that can be read. */
function limitIn(config: string): number | null {
  const value = /(?:proxy|middleware)ClientMaxBodySize\s*:\s*(["'`]?)([\d_.]+)\s*([a-z]*)\1/i.exec(config);
  if (value === null) return null;
  const bytes = Number((value[2] ?? '').replaceAll('_', '')) * (UNITS[(value[3] || 'b').toLowerCase()] ?? Number.NaN);
  return Number.isFinite(bytes) ? bytes : null;
}
