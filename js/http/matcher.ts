/**
 * Returns `pattern`, an entry of Next.js's `config.matcher`, changed so that it excludes `path`. Returns `null` for a pattern
 * that matches only `path`. Next.js buffers and truncates the body of each request that its proxy or middleware matches.
 */
export function patternWithout(path: string, pattern: string): string | null {
  const excluded = pattern.indexOf('(?!');
  // Adds an entry to the pattern's list of exclusions.
  if (excluded !== -1) {
    const before = pattern.slice(0, excluded).replace(/\(+$/, '');
    return `${pattern.slice(0, excluded + 3)}${rest(path, before)}|${pattern.slice(excluded + 3)}`;
  }
  const literal = /^[^:(]*\//.exec(pattern)?.[0] ?? '/';
  return rest(path, literal) === '' || pattern === path ? null : `${literal}((?!${rest(path, literal)}).*)`;
}

/** Returns the code line to add to a proxy or middleware that has no matcher. */
export function matcherWithout(path: string): string {
  return `matcher: ['${patternWithout(path, '/((?!_next/static|_next/image).*)')}']`;
}

function rest(path: string, before: string): string {
  return path.startsWith(before) ? path.slice(before.length) : path.slice(1);
}
