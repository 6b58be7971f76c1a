// node scripts/host-app.mjs before|after FOLDER: writes the app of tests/host into FOLDER, without toklink (before) or
// with it (after).

import { resolve } from 'node:path';
import { composeHostApp } from './lib/host-app.mjs';

const [state, folder] = process.argv.slice(2);
if ((state !== 'before' && state !== 'after') || folder === undefined) {
  console.error('usage: node scripts/host-app.mjs before|after FOLDER');
  process.exit(2);
}
await composeHostApp(resolve(folder), state);
console.log(`the app is in ${resolve(folder)}; run npm install, npm run generate and npm run build there`);
