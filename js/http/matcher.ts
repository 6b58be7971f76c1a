/**
 * Returns the pattern of Next.js's `config.matcher` that `pattern` becomes when it leaves `path` out; `null` for one that matches
 * nothing else. Next.js buffers and cuts the body of each request that its proxy or middleware matches.
 */
export function patternWithout(path: string, pattern: string): string | null {
  const excluded = pattern.indexOf('(?!');
  // A list of what is left out gets one more, written from the place of the list on.
  if (excluded !== -1) {
    const before = pattern.slice(0, excluded).replace(/\(+$/, '');
    return `${pattern.slice(0, excluded + 3)}${rest(path, before)}|${pattern.slice(excluded + 3)}`;
  }
  const literal = /^[^:(]*\//.exec(pattern)?.[0] ?? '/';
  return rest(path, literal) === '' || pattern === path ? null : `${literal}((?!${rest(path, literal)}).*)`;
}

/** The line for a proxy or middleware that has no matcher yet. */
export function matcherWithout(path: string): string {
  return `matcher: ['${patternWithout(path, '/((?!_next/static|_next/image).*)')}']`;
}

function rest(path: string, before: string): string {
  return path.startsWith(before) ? path.slice(before.length) : path.slice(1);
}
