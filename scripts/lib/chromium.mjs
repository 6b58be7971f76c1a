// Finds a Chromium for the browser tests. Installs Debian's package if possible.

import { existsSync } from 'node:fs';
import { installOnDebian } from './debian.mjs';
import { StepFailed } from './run.mjs';

const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

const find = () => [process.env.CHROMIUM_PATH, ...PLACES].find((path) => path && existsSync(path));

/** Returns the path of a Chromium. */
export async function chromium() {
  if (!find()) await installOnDebian('chromium');
  const found = find();
  if (found) return found;
  throw new StepFailed(
    'Chromium is not installed; install it (Debian: apt-get install chromium), or set CHROMIUM_PATH to a Chromium or Chrome executable.',
  );
}
