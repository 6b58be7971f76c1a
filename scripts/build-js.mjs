// npm run build:js: compiles js/ into dist, and bundles the command line with the packages that nothing else uses.

import { chmod, copyFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { bundleCommandLine } from './lib/cli-bundle.mjs';
import { ROOT } from './lib/paths.mjs';
import { run, StepFailed } from './lib/run.mjs';

const DIST = join(ROOT, 'dist');

async function main() {
  await rm(DIST, { recursive: true, force: true });
  await run('TypeScript', [process.execPath, join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json']);
  await copyFile(join(ROOT, 'js/react/styles.css'), join(DIST, 'react/styles.css'));
  await bundleCommandLine(DIST);
  await chmod(join(DIST, 'cli.js'), 0o755);
}

main().catch((error) => {
  console.error(error instanceof StepFailed ? error.message : error);
  process.exit(1);
});
