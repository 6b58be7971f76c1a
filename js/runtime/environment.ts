import { ToklinkError } from '../errors.js';

export type Environment = Record<string, string | undefined>;

/**
 * Returns the value of a variable as the core reads it: without surrounding white space and without one pair of matching quotes, which
 * `docker --env-file` and systemd keep. Returns `undefined` for an empty value.
 */
export function variable(env: Environment, name: string): string | undefined {
  const text = (env[name] ?? '').trim();
  const unquoted = /^(["'])(.*)\1$/s.exec(text)?.[2]?.trim() ?? text;
  return unquoted === '' ? undefined : unquoted;
}

/** Characters that are invalid in a URL, although `new URL` removes or encodes them: white space, control characters and quotes. */
const FOREIGN = /[\s\p{Cc}\p{Cf}"'`\u2018-\u201f\ufffd]/u;

/** Parses the URL in a variable. Throws CONFIG for an invalid URL; the error contains the variable's name but not its value. */
export function webAddress(name: string, text: string): URL {
  const url = !FOREIGN.test(text) && URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '') return url;
  const fix = 'use a complete URL without quotes, spaces or a user name, such as https://example.com/path';
  throw ToklinkError.config([{ variable: name, problem: 'is not a valid web URL', fix }]);
}
