import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Returns source text without its comments. Keeps comment markers inside strings. */
export function withoutComments(text: string): string {
  const parts = /("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)|\/\/[^\n]*|\/\*[\s\S]*?\*\//g;
  return text.replace(parts, (_, string: string | undefined) => string ?? ' ');
}

/** Returns the first of these files that exists. */
export function firstOf(folder: string, names: string[], endings: string[]): string | undefined {
  return names.flatMap((name) => endings.map((ending) => name + ending)).find((name) => existsSync(join(folder, name)));
}

/** Returns the strings of the first `name: [..]` or `name: '..'`; `null` when it is missing or has another form. */
export function textsOf(source: string, name: string): string[] | null {
  const value = new RegExp(`\\b${name}\\s*:\\s*(\\[[\\s\\S]*?\\](?=\\s*[,}\\n])|(["'\`]).*?\\2)`).exec(source)?.[1];
  if (value === undefined) return null;
  return [...value.matchAll(/(["'`])(.*?)\1/g)].map(([, , text]) => (text ?? '').replaceAll('\\\\', '\\'));
}
