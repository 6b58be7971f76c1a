import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { diagnose } from '../../js/cli/doctor/diagnose.js';
import { requestTimeout } from '../../js/cli/doctor/request-timeout.js';

describe('the request timeout of an app', () => {
  let app = '';
  beforeEach(async () => {
    app = await mkdtemp(join(tmpdir(), 'toklink-'));
  });
  afterEach(() => rm(app, { recursive: true }));

  async function write(files: Record<string, string>): Promise<void> {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(app, path)), { recursive: true });
      await writeFile(join(app, path), text);
    }
  }
  const judged = (folder: string) => requestTimeout(folder).map(({ level, found, fix }) => `${level}: ${found} -> ${fix}`);

  it.each<[string, Record<string, string>, RegExp]>([
    ['no setting', {}, /^warning: .*requestTimeout.*300 s.* -> .*instrumentation\.ts/],
    ['a setting in its instrumentation', { 'src/instrumentation.ts': 'server.requestTimeout = 3_600_000;' }, /^ok: src\/instrumentation\.ts /],
    ['a function that its instrumentation calls', { 'instrumentation.js': "(await import('./lib')).raiseRequestTimeout();" }, /^ok: instrumentation\.js /],
    ['a setting in a custom server', { 'instrumentation.ts': '', 'server.mjs': 'createServer({ requestTimeout: 0 }, handle);' }, /^ok: server\.mjs /],
    ['a setting only in a comment', { 'instrumentation.ts': '// requestTimeout\n' }, /^warning: /],
  ])('rates the request timeout of an app with %s', async (_by, files, wanted) => {
    await write(files);
    expect(judged(app)).toEqual([expect.stringMatching(wanted)]);
  });

  it('the example dashboard raises the request timeout', () => {
    const example = fileURLToPath(new URL('../../examples/dashboard/', import.meta.url));
    expect(judged(example)).toEqual([expect.stringMatching(/^ok: src\/instrumentation\.ts .* -> null$/)]);
  });

  it('toklink doctor checks the timeout only in a Next.js app', async () => {
    const levels = async () => {
      const { findings } = await diagnose({ app, store: join(app, 'none.db') }, { TIKTOK_API_BASE_URL: 'http://127.0.0.1:2' });
      return findings.filter(({ check }) => check === 'long uploads').map(({ level }) => level);
    };
    expect(await levels()).toEqual([]);
    await write({ 'package.json': '{"dependencies":{"next":"16.4.5"}}' });
    expect(await levels()).toEqual(['warning']);
  });
});
