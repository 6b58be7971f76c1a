// Starts child processes with a wrong clock by preloading libfaketime.

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { installOnDebian } from './debian.mjs';
import { StepFailed } from './run.mjs';

const LIBRARIES = ['/usr/lib', '/usr/local/lib'];
const NAME = 'faketime/libfaketimeMT.so.1';

function find() {
  const folders = LIBRARIES.filter((folder) => existsSync(folder));
  const candidates = folders.flatMap((folder) => [folder, ...readdirSync(folder).map((name) => join(folder, name))]);
  return candidates.map((candidate) => join(candidate, NAME)).find((file) => existsSync(file));
}

/**
 * Installs libfaketime if no confirmation is needed. Returns a function that returns the environment variables for a child
 * process whose clock is `aheadMs` ahead.
 */
export async function clocks() {
  if (find() === undefined) await installOnDebian('faketime');
  const library = find();
  if (library === undefined) throw new StepFailed('libfaketime is not installed (Debian: apt-get install faketime).');
  return (aheadMs) => {
    if (aheadMs === 0) return {};
    const sign = aheadMs < 0 ? '-' : '+';
    return { LD_PRELOAD: library, FAKETIME: `${sign}${Math.abs(aheadMs) / 1000}`, FAKETIME_DONT_FAKE_MONOTONIC: '1', DONT_FAKE_MONOTONIC: '1' };
  };
}
