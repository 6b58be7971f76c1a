import type { Command } from 'commander';

/**
 * Moves arguments such as `-000abc` after `--`, where they are not read as options, because a TikTok open_id may start with a dash.
 * No option of the CLI is a dash followed by more than one letter.
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
