import type { ConfigProblem, ErrorJson, ToklinkError } from '../errors.js';

type Stream = Pick<NodeJS.WriteStream, 'write'>;

/** Writes results and messages. With `--json`, stdout receives exactly one document, and all messages go to stderr. */
export class Output {
  constructor(
    readonly json: boolean,
    private readonly out: Stream = process.stdout,
    private readonly err: Stream = process.stderr,
  ) {}

  /** Writes the result, as a JSON document or as lines of text. */
  result(document: unknown, lines: string[]): void {
    this.out.write(this.json ? `${JSON.stringify(document)}\n` : lines.map((line) => `${plain(line)}\n`).join(''));
  }

  /** Writes a message to stderr. */
  note(line: string): void {
    this.err.write(`${plain(line)}\n`);
  }

  /** Writes an error, as a JSON document or as a message with details for troubleshooting. */
  failure(error: ToklinkError): void {
    if (this.json) {
      const document: { error: ErrorJson } = { error: error.toJSON() };
      this.out.write(`${JSON.stringify(document)}\n`);
      return;
    }
    const { publishId, failReason, tiktokCode, httpStatus, logId, retryAfterMs } = error;
    for (const line of lines(error)) this.note(line);
    const details: [string, string | number | null][] = [
      ['publish id', publishId],
      ['fail reason', failReason],
      ['TikTok code', tiktokCode],
      ['HTTP status', httpStatus],
      ['log id', logId],
      ['try again after', retryAfterMs === null ? null : `${Math.ceil(retryAfterMs / 1000)} s`],
    ];
    for (const [name, value] of details) if (value !== null) this.note(`  ${name}: ${value}`);
  }
}

/** Returns the message with its code, or a heading and one line for each configuration problem. */
function lines({ code, message, problems }: ToklinkError): string[] {
  if (problems.length === 0) return [`toklink: ${message} [${code}]`];
  return [`toklink: invalid configuration [${code}]:`, ...problems.map((problem) => `  ${sentenceOf(problem)}`)];
}

/** Formats a configuration problem as one line. */
export function sentenceOf({ variable, problem, fix }: ConfigProblem): string {
  return `${variable} ${problem}: ${fix}`;
}

/** Replaces control characters, which in a title or a nickname could manipulate the terminal. */
function plain(line: string): string {
  return line.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, ' ');
}

/** Formats rows as a table with headings. Right-aligns numeric columns. */
export function table(headings: string[], rows: (string | number)[][]): string[] {
  const right = headings.map((_, i) => rows.length > 0 && rows.every((row) => typeof row[i] === 'number'));
  const cells = [headings, ...rows.map((row) => row.map((cell) => (typeof cell === 'number' ? count(cell) : cell)))];
  const widths = headings.map((_, i) => Math.max(...cells.map((row) => row[i]?.length ?? 0)));
  return cells.map((row) =>
    row
      .map((cell, i) => (right[i] ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}

/** Formats 1234567 as 1,234,567. */
export function count(value: number): string {
  return value.toLocaleString('en-US');
}

/** Truncates text to a number of characters, for a table column. */
export function cut(text: string, length: number): string {
  const chars = [...text.replace(/\s+/g, ' ')];
  return chars.length <= length ? chars.join('') : `${chars.slice(0, length - 1).join('')}…`;
}

/** Formats a byte count in decimal units, for example `1.5 MB`. */
export function bytes(value: number): string {
  const units = ['B', 'kB', 'MB', 'GB'];
  const power = value < 1000 ? 0 : Math.min(Math.floor(Math.log10(value) / 3), units.length - 1);
  return `${(value / 1000 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power]}`;
}
