// Runs linters on the packed tarballs.

import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { readFile } from 'node:fs/promises';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { StepFailed } from './run.mjs';

/**
 * ES modules that `require` can load since Node 20.19, the oldest supported version. Types that allow this are
 * therefore correct.
 */
const KNOWN = new Set(['CJSResolvesToESM']);
/** Stylesheets, which bundlers load unchanged. */
const STYLES = [/\.css$/];
/**
 * Excludes TypeScript's `moduleResolution: node10`, which ignores `exports`; no supported Node version resolves modules
 * that way.
 */
const RESOLUTIONS = new Set(['node16-cjs', 'node16-esm', 'bundler']);

/** Throws an error with all findings of publint and are-the-types-wrong in these tarballs. */
export async function checkPackages(packed) {
  const faults = [];
  for (const { name, tarball, manifest } of packed) {
    const bytes = await readFile(tarball);
    const data = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
    const { messages } = await publint({ pack: { tarball: data }, strict: true });
    for (const message of messages) faults.push(`publint: ${name}: ${formatMessage(message, manifest, { color: false })}`);
    const { problems } = await checkPackage(createPackageFromTarballData(new Uint8Array(data)), { excludeEntrypoints: STYLES });
    for (const problem of problems ?? []) {
      if (KNOWN.has(problem.kind)) continue;
      if (problem.resolutionKind !== undefined && !RESOLUTIONS.has(problem.resolutionKind)) continue;
      faults.push(`attw: ${name}: ${problem.kind} ${problem.entrypoint ?? ''} ${problem.resolutionKind ?? ''}`);
    }
  }
  if (faults.length > 0) throw new StepFailed(`The packages have these problems:\n${faults.join('\n')}`);
}
