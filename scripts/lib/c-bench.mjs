// Measures the C library: its size, the time to load it, and its cheapest calls (benches/c/calls.c).

import { copyFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT, TARGET } from './paths.mjs';
import { run } from './run.mjs';

export async function benchC(folder) {
  await run('C library (release)', ['cargo', 'build', '--quiet', '--release', '-p', 'toklink-c']);
  const stripped = join(folder, 'libtoklink.so');
  await copyFile(join(TARGET, 'release', 'libtoklink.so'), stripped);
  await run('strip', ['strip', '--strip-all', stripped]);
  const { size } = await stat(stripped);
  console.log(`C library: ${(size / 1e6).toFixed(2)} MB stripped`);
  const program = join(folder, 'calls');
  const flags = ['-std=gnu11', '-O2', `-I${join(ROOT, 'include')}`];
  await run('C calls', [process.env.CC ?? 'cc', ...flags, '-o', program, join(ROOT, 'benches/c/calls.c'), '-ldl']);
  console.log(await run('C calls', [program, stripped]));
}
