import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';

const root = new URL('../../', import.meta.url);
const read = (path: string) => readFile(new URL(path, root), 'utf8');

const guides = [
  { guide: 'docs/GUIDE_NEXTJS.md', languages: 'tsx?' },
  { guide: 'docs/GUIDE_EXISTING_APP.md', languages: 'tsx?' },
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

describe('the Content Security Policy of the guide', () => {
  it('allows the picture hosts that the facts name', async () => {
    const sources = /`img-src ([^;]*);/.exec(await read('docs/GUIDE_NEXTJS.md'))?.[1]?.split(' ') ?? [];
    const hosts = [...(await read('docs/tiktok-api.md')).matchAll(/https:\/\/([\w.-]+\.tiktokcdn[\w.-]*)\//g)].map(([, host = '']) => host);
    expect(hosts.length).toBeGreaterThan(0);
    const allowed = (host: string): boolean => sources.some((source) => host.endsWith(source.replace('https://*', '')) && source.startsWith('https://*.'));
    expect(hosts.filter((host) => !allowed(host))).toEqual([]);
  });
});
