import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Caption } from '../../js/text/caption.js';

type Part = ['text' | 'hashtag' | 'mention', string];
interface Case {
  parts: Part[];
  most: number;
  built?: string;
  units?: number;
  refused?: string;
}

/** The test of the Rust builder uses the same cases. */
const cases = JSON.parse(readFileSync(new URL('../caption-cases.json', import.meta.url), 'utf8')) as Case[];

const put = (parts: Part[]): Caption => parts.reduce((caption, [kind, word]) => caption[kind](word), new Caption());

describe('Caption', () => {
  it.each(cases)('builds the same text as the Rust core: $parts', ({ parts, most, built, units, refused }) => {
    if (units !== undefined) expect(put(parts).utf16Units).toBe(units);
    if (refused === undefined) expect(put(parts).build(most)).toBe(built);
    else {
      const build = () => put(parts).build(most);
      expect(build).toThrow(expect.objectContaining({ name: 'ToklinkError', code: 'INVALID_INPUT', owner: 'user' }));
      for (const value of refused.match(/U\+[0-9A-F]+|\b\d+\b/g) ?? []) expect(build).toThrow(value);
    }
  });
});
