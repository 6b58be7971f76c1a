// Tests the addon, the routes and the command line on each supported Node version.

import { existsSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { unlessFresh } from './fresh.mjs';
import { EMULATOR, ROOT } from './paths.mjs';
import { run, StepFailed } from './run.mjs';

const HERE = join(ROOT, 'tests', 'node-versions');
const SUPPORTED = [20, 22, 24];
const RESULTS = /^\s*Tests /;
/** Tests that load the addon in the main process, in a worker or in a child process, and tests that stream bodies. */
const TESTS = [
  ...['client', 'cli', 'hooks', 'platform', 'publish', 'store', 'stream'].map((name) => `tests/js/${name}.test.ts`),
  ...['next', 'publish', 'publish-events'].map((name) => `tests/js-http/${name}.test.ts`),
];

/** Runs the tests on each supported major version except the one that runs this script. */
export async function nodeVersions() {
  await unlessFresh(
    'node-versions',
    { inputs: ['tests/node-versions/package-lock.json'], output: 'tests/node-versions/node_modules' },
    () => run('other Node versions', ['npm', 'ci', '--no-audit', '--no-fund'], { cwd: HERE }),
  );
  const running = Number.parseInt(process.versions.node, 10);
  for (const major of SUPPORTED.filter((version) => version !== running)) {
    const node = join(HERE, 'node_modules', `node-${major}`, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
    if (!existsSync(node)) throw new StepFailed(`Node ${major} is not installed; npm must run the install script of the package "node".`);
    const env = { TOKLINK_EMULATOR: EMULATOR, PATH: `${dirname(node)}${delimiter}${process.env['PATH'] ?? ''}` };
    await run(`Node ${major}`, [node, join(ROOT, 'node_modules', 'vitest', 'vitest.mjs'), 'run', ...TESTS], { env, show: RESULTS });
  }
}
