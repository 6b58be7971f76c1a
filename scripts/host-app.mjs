// node scripts/host-app.mjs before|after FOLDER: writes the app of tests/host into a folder, without toklink or with it.

import { resolve } from 'node:path';
import { composeHostApp } from './lib/host-app.mjs';

const [state, folder] = process.argv.slice(2);
if ((state !== 'before' && state !== 'after') || folder === undefined) {
  console.error('usage: node scripts/host-app.mjs before|after FOLDER');
  process.exit(2);
}
await composeHostApp(resolve(folder), state);
console.log(`the app is in ${resolve(folder)}: npm install, npm run generate, then npm run build`);
