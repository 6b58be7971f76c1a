import { readdir, readFile } from 'node:fs/promises';
import { dirname, posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { patternWithout } from '../../js/http/matcher.js';

const root = new URL('../../', import.meta.url);
const read = (path: string) => readFile(new URL(path, root), 'utf8');

const guides = [
  { guide: 'docs/GUIDE_NEXTJS.md', languages: 'tsx?', least: 11 },
  { guide: 'docs/GUIDE_EXISTING_APP.md', languages: 'tsx?', least: 11 },
  { guide: 'docs/ACCOUNTS.md', languages: 'tsx?', least: 3 },
  { guide: 'docs/GUIDE_C.md', languages: 'c|cpp|cmake', least: 11 },
];

for (const { guide, languages, least } of guides) {
  const text = await read(guide);
  /** Matches each code block, with the comment above it that names the file. */
  const found = text.matchAll(new RegExp(`(?:<!-- (\\S+) -->\\n)?\`\`\`(?:${languages})\\n([\\s\\S]*?)\`\`\``, 'g'));
  const blocks = [...found].map(([, path, code = '']) => ({ path, code }));

  describe(guide, () => {
    it('states the file of each code block', () => {
      expect(blocks.length).toBeGreaterThanOrEqual(least);
      expect(blocks.filter((block) => block.path === undefined)).toEqual([]);
    });

    it.each(blocks)('shows the code of $path unchanged', async ({ path = '', code }) => {
      expect(await read(path), `change ${guide} with the file that it shows`).toContain(code);
    });
  });
}

describe('the Content Security Policy of the guide', () => {
  it('allows the image hosts that the facts sheet lists', async () => {
    const sources = /`img-src ([^;]*);/.exec(await read('docs/GUIDE_NEXTJS.md'))?.[1]?.split(' ') ?? [];
    const hosts = [...(await read('docs/tiktok-api.md')).matchAll(/https:\/\/([\w.-]+\.tiktokcdn[\w.-]*)\//g)].map(([, host = '']) => host);
    expect(hosts.length).toBeGreaterThan(0);
    const allowed = (host: string): boolean => sources.some((source) => host.endsWith(source.replace('https://*', '')) && source.startsWith('https://*.'));
    expect(hosts.filter((host) => !allowed(host))).toEqual([]);
  });
});

describe('the proxy in docs/GUIDE_EXISTING_APP.md', () => {
  const matcher = async (path: string) => /matcher: \['(.*)'\]/.exec(await read(path))?.[1] ?? '';

  it('contains the matcher that doctor prints', async () => {
    const before = await matcher('tests/host/before/src/proxy.ts');
    expect(await matcher('tests/host/after/src/proxy.ts')).toBe(patternWithout('/api/social/tiktok/publish', before));
  });
});

describe('the routes of the guide for an existing app', () => {
  const table = async () =>
    [...(await read('docs/GUIDE_EXISTING_APP.md')).matchAll(/^\| (`[a-z].*?) \|.*(?:GET|POST)/gm)].flatMap(([, cell = '']) => [...cell.matchAll(/`([a-z/]+)`/g)].map(([, path]) => path));

  it('the table lists exactly the routes of the app', async () => {
    const folder = new URL('tests/host/after/src/app/api/social/tiktok/', root);
    const files = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('route.ts')).map((name) => dirname(name).replaceAll('\\', '/'));
    expect((await table()).sort()).toEqual(files.sort());
  });
});

describe('the pages of the npm package', () => {
  it('pages link only to files in the package', async () => {
    const { files } = JSON.parse(await read('package.json')) as { files: string[] };
    const packed = [...files, 'README.md'];
    const inDocs = (await readdir(new URL('docs/', root), { recursive: true })).map((name) => `docs/${name.replaceAll('\\', '/')}`);
    const pages = [...packed, ...inDocs].filter((name) => name.endsWith('.md'));
    const links = await Promise.all(
      pages.map(async (page) => [...(await read(page)).matchAll(/\]\((?!\w+:|#)([^)#\s]+)/g)].map(([, target = '']) => ({ page, target }))),
    );
    const path = (page: string, target: string) => posix.join(dirname(page), target);
    const outside = links.flat().filter(({ page, target }) => !packed.some((name) => path(page, target) === name || path(page, target).startsWith(`${name}/`)));
    expect(outside).toEqual([]);
  });
});
