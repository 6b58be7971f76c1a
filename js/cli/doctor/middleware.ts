import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { matcherWithout, patternWithout } from '../../http/matcher.js';
import { ok, wrong } from './finding.js';
import type { Finding } from './finding.js';
import { firstOf, textsOf, withoutComments } from './source.js';

const CHECK = 'Next.js';
/** The route that receives videos. */
const PUBLISH = '/api/social/tiktok/publish';

/**
 * Checks that middleware excludes the publish route. Next.js buffers each body that passes through middleware (`proxy` since
 * Next.js 16) and truncates it, at 10 MB by default, so that a larger video arrives incomplete. With a higher limit, Next.js would keep
 * whole videos in memory.
 */
export function middleware(folder: string): Finding[] {
  const names = ['proxy', 'middleware', 'src/proxy', 'src/middleware'];
  const file = firstOf(folder, names, ['.ts', '.js', '.mts', '.mjs', '.tsx', '.jsx']);
  if (file === undefined) return [];
  const source = withoutComments(readFileSync(join(folder, file), 'utf8'));
  const matcher = matchersOf(source);
  if (matcher !== null && !matcher.some((pattern) => matches(pattern, PUBLISH))) {
    return [ok(CHECK, `${file} does not process ${PUBLISH}`)];
  }
  const fix = `Add to ${file}: ${line(matcher, /\bsource\s*:/.test(source))}.`;
  return [wrong(CHECK, `${file} processes ${PUBLISH}, so Next.js buffers videos in memory and truncates them at 10 MB`, fix)];
}

/** Returns the corrected configuration: the current patterns, changed so that they exclude the route. */
function line(matcher: string[] | null, objects: boolean): string {
  if (matcher === null) return `export const config = { ${matcherWithout(PUBLISH)} }`;
  const remaining = matcher.flatMap((pattern) => (matches(pattern, PUBLISH) ? (patternWithout(PUBLISH, pattern) ?? []) : pattern));
  const texts = remaining.map((pattern) => `'${pattern.replaceAll('\\', '\\\\')}'`);
  return objects ? texts.map((text) => `source: ${text}`).join(' and ') : `matcher: [${texts.join(', ')}]`;
}

/** Returns the paths of `config.matcher`, including those of objects with a `source`; `null` without a matcher, when all paths match. */
function matchersOf(source: string): string[] | null {
  const texts = textsOf(source, 'matcher');
  const sources = [...source.matchAll(/\bsource\s*:\s*(["'`])(.*?)\1/g)].map(([, , text]) => (text ?? '').replaceAll('\\\\', '\\'));
  return /\bmatcher\s*:/.test(source) ? (sources.length > 0 ? sources : texts) : null;
}

/** Matches a path with Next.js's patterns: `:name`, `:name*`, `:name+`, `:name(regex)`, and regular expressions in groups. */
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
    // Assume that an invalid pattern matches, because an unnecessary warning is better than a missing one.
    return true;
  }
}
