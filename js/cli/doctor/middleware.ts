import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { matcherWithout, patternWithout } from '../../http/matcher.js';
import { ok, wrong } from './finding.js';
import type { Finding } from './finding.js';
import { firstOf, textsOf, withoutComments } from './source.js';

const CHECK = 'Next.js';
/** Where videos are sent to. */
const PUBLISH = '/api/social/tiktok/publish';

/**
 * Next.js keeps a copy of each body that goes through middleware (`proxy` since Next.js 16) and cuts it, at 10 MB by default: a
 * longer video arrives without its end. A higher limit of Next.js would hold whole videos in memory, so that the route has to be
 * left out of the matcher.
 */
export function middleware(folder: string): Finding[] {
  const names = ['proxy', 'middleware', 'src/proxy', 'src/middleware'];
  const file = firstOf(folder, names, ['.ts', '.js', '.mts', '.mjs', '.tsx', '.jsx']);
  if (file === undefined) return [];
  const source = withoutComments(readFileSync(join(folder, file), 'utf8'));
  const matcher = matchersOf(source);
  if (matcher !== null && !matcher.some((pattern) => matches(pattern, PUBLISH))) {
    return [ok(CHECK, `${file} lets ${PUBLISH} pass by`)];
  }
  const mend = `Write into ${file}: ${line(matcher, /\bsource\s*:/.test(source))}.`;
  return [wrong(CHECK, `${file} sees ${PUBLISH}, so Next.js copies videos into memory and cuts them at 10 MB`, mend)];
}

/** Returns what to write instead: the patterns as they are, without the route. */
function line(matcher: string[] | null, objects: boolean): string {
  if (matcher === null) return `export const config = { ${matcherWithout(PUBLISH)} }`;
  const kept = matcher.flatMap((pattern) => (matches(pattern, PUBLISH) ? (patternWithout(PUBLISH, pattern) ?? []) : pattern));
  const texts = kept.map((pattern) => `'${pattern.replaceAll('\\', '\\\\')}'`);
  return objects ? texts.map((text) => `source: ${text}`).join(' and ') : `matcher: [${texts.join(', ')}]`;
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
