// Skips a step if its inputs have not changed since its last success. Compares a digest of file names and contents,
// because a compiler that rewrites an identical file changes its timestamp.

import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { ROOT } from './paths.mjs';

const STAMPS = join(ROOT, 'target', 'stamps');
/** Folders with downloaded, built or stored files, which are never inputs. */
const NOT_INPUTS = new Set(['node_modules', '.next', '.data']);

async function add(hash, path) {
  const entry = await stat(path).catch(() => null);
  if (entry === null) return;
  if (!entry.isDirectory()) {
    // Uses relative paths, so that a copy of the checkout with its target folder is also up to date.
    hash.update(`${relative(ROOT, path).replaceAll(sep, '/')}\0${entry.size}\n`);
    hash.update(await readFile(path));
    return;
  }
  for (const name of (await readdir(path)).sort()) {
    if (!NOT_INPUTS.has(name)) await add(hash, join(path, name));
  }
}

/**
 * Runs `step` unless it has succeeded with the same `inputs` (files or folders) and its `output` still exists.
 *
 * @param {string} name
 * @param {{ inputs: string[], output: string, variant?: string }} files `variant` names one of several ways to build the output
 * @param {() => Promise<unknown>} step
 */
export async function unlessFresh(name, { inputs, output, variant = '' }, step) {
  const digest = async () => {
    const hash = createHash('sha256').update(variant);
    for (const path of inputs) await add(hash, join(ROOT, path));
    return hash.digest('hex');
  };
  const stamp = join(STAMPS, name);
  const before = await readFile(stamp, 'utf8').catch(() => '');
  const there = (await stat(join(ROOT, output)).catch(() => null)) !== null;
  if (there && before === (await digest())) return;
  await step();
  await mkdir(STAMPS, { recursive: true });
  await writeFile(stamp, await digest());
}
