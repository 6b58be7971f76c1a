// node scripts/pack.mjs OUT BINARIES..: packs the tarballs of a release into OUT, with the binaries in the folders
// BINARIES. Prints the paths of the tarballs, one per line, in the order in which they must be published. Run `npm run
// build:js` first.

import { resolve } from 'node:path';
import { packAll } from './lib/packages.mjs';
import { StepFailed } from './lib/run.mjs';

const [out, ...folders] = process.argv.slice(2).map((path) => resolve(path));
try {
  if (out === undefined || folders.length === 0) throw new StepFailed('usage: node scripts/pack.mjs OUT BINARIES..');
  for (const { tarball } of await packAll({ out, folders })) console.log(tarball);
} catch (error) {
  console.error(error instanceof StepFailed ? error.message : error);
  process.exit(1);
}
