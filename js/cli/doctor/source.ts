import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Source text without its comments; what looks like one inside a string stays. */
export function withoutComments(text: string): string {
  const parts = /("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)|\/\/[^\n]*|\/\*[\s\S]*?\*\//g;
  return text.replace(parts, (_, string: string | undefined) => string ?? ' ');
}

/** The first of these files that is there. */
export function firstOf(folder: string, names: string[], endings: string[]): string | undefined {
  return names.flatMap((name) => endings.map((ending) => name + ending)).find((name) => existsSync(join(folder, name)));
}

/** The texts of the first `name: [..]` or `name: '..'`; `null` where it is not there or is something else. */
export function textsOf(source: string, name: string): string[] | null {
  const value = new RegExp(`\\b${name}\\s*:\\s*(\\[[\\s\\S]*?\\](?=\\s*[,}\\n])|(["'\`]).*?\\2)`).exec(source)?.[1];
  if (value === undefined) return null;
  return [...value.matchAll(/(["'`])(.*?)\1/g)].map(([, , text]) => (text ?? '').replaceAll('\\\\', '\\'));
}
