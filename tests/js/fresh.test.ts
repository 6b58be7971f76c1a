import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const LIB = fileURLToPath(new URL('../../scripts/lib/', import.meta.url));
type Fresh = { unlessFresh: (name: string, files: { inputs: string[]; output: string }, step: () => Promise<void>) => Promise<void> };
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'toklink-fresh-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs the build step of this checkout unless its stamp is valid. Resolves to the number of runs, 0 or 1. */
async function steps(checkout: string): Promise<number> {
  const { unlessFresh } = (await import(pathToFileURL(join(checkout, 'scripts/lib/fresh.mjs')).href)) as Fresh;
  let ran = 0;
  await unlessFresh('addon', { inputs: ['src'], output: 'built' }, async () => {
    ran += 1;
    await writeFile(join(checkout, 'built'), '');
  });
  return ran;
}

describe('a build stamp', () => {
  it('a stamp is valid in a copied checkout until a source changes', async () => {
    const one = join(folder, 'one');
    await mkdir(join(one, 'scripts/lib'), { recursive: true });
    await mkdir(join(one, 'src/deep'), { recursive: true });
    for (const name of ['fresh.mjs', 'paths.mjs']) await cp(join(LIB, name), join(one, 'scripts/lib', name));
    await writeFile(join(one, 'src/deep/a.rs'), 'a');
    expect(await steps(one)).toBe(1);
    expect(await steps(one)).toBe(0);
    const copy = join(folder, 'copy');
    await cp(one, copy, { recursive: true });
    expect(await steps(copy)).toBe(0);
    await writeFile(join(copy, 'src/deep/a.rs'), 'b');
    expect(await steps(copy)).toBe(1);
  });
});
