import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';

const root = new URL('../../', import.meta.url);
const read = (path: string) => readFile(new URL(path, root), 'utf8');
const guide = await read('docs/GUIDE_NEXTJS.md');

/** Each block of TypeScript, with the comment above it that names its file. */
const blocks = [...guide.matchAll(/(?:<!-- (\S+) -->\n)?```tsx?\n([\s\S]*?)```/g)].map(([, path, code = '']) => ({ path, code }));

describe('the guide for Next.js', () => {
  it('names a file for each of its blocks', () => {
    expect(blocks.length).toBeGreaterThan(10);
    expect(blocks.filter((block) => block.path === undefined)).toEqual([]);
  });

  it.each(blocks)('shows the code of $path as it is there', async ({ path = '', code }) => {
    expect(await read(path), 'change docs/GUIDE_NEXTJS.md with the file that it shows').toContain(code);
  });
});
