import type { Command } from 'commander';

/**
 * Moves arguments such as `-000abc` after `--`, so that the parser does not read them as options. A TikTok open_id may start with a
 * dash. No option of this CLI consists of a single dash and several letters.
 */
export function dashedValuesLast(argv: string[], root: Command): string[] {
  const takesValue = new Set(
    [root, ...root.commands].flatMap(({ options }) => options.filter(({ required }) => required).map(({ long }) => long)),
  );
  const end = argv.indexOf('--');
  const before = end === -1 ? argv : argv.slice(0, end);
  const isDashed = (text: string, at: number): boolean =>
    /^-[^-]./.test(text) && !takesValue.has(before[at - 1] ?? '');
  const dashed = before.filter(isDashed);
  if (dashed.length === 0) return argv;
  const others = before.filter((text, at) => !isDashed(text, at));
  return [...others, '--', ...dashed, ...(end === -1 ? [] : argv.slice(end + 1))];
}
