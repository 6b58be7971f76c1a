import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';

const root = new URL('../../', import.meta.url);
const read = (path: string) => readFile(new URL(path, root), 'utf8');

const guides = [
  { guide: 'docs/GUIDE_NEXTJS.md', languages: 'tsx?' },
  { guide: 'docs/GUIDE_C.md', languages: 'c|cpp|cmake' },
];

for (const { guide, languages } of guides) {
  const text = await read(guide);
  /** Each block of code, with the comment above it that names its file. */
  const found = text.matchAll(new RegExp(`(?:<!-- (\\S+) -->\\n)?\`\`\`(?:${languages})\\n([\\s\\S]*?)\`\`\``, 'g'));
  const blocks = [...found].map(([, path, code = '']) => ({ path, code }));

  describe(guide, () => {
    it('names a file for each of its blocks', () => {
      expect(blocks.length).toBeGreaterThan(10);
      expect(blocks.filter((block) => block.path === undefined)).toEqual([]);
    });

    it.each(blocks)('shows the code of $path as it is there', async ({ path = '', code }) => {
      expect(await read(path), `change ${guide} with the file that it shows`).toContain(code);
    });
  });
}
