// Finds a Chromium for the browser tests, and installs Debian's where that is possible.

import { existsSync, readFileSync } from 'node:fs';
import { run, StepFailed } from './run.mjs';

const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

const isDebian = () => {
  const release = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
  return /^ID(_LIKE)?=.*debian/m.test(release);
};

/** The path of a Chromium. */
export async function chromium() {
  const find = () => [process.env.CHROMIUM_PATH, ...PLACES].find((path) => path && existsSync(path));
  const found = find();
  if (found) return found;
  if (isDebian() && process.getuid?.() === 0) {
    await run('package lists', ['apt-get', 'update']);
    await run('Chromium', ['apt-get', 'install', '-y', '--no-install-recommends', 'chromium'], {
      env: { DEBIAN_FRONTEND: 'noninteractive' },
    });
    const installed = find();
    if (installed) return installed;
  }
  throw new StepFailed(
    'There is no Chromium: install it (Debian: apt-get install chromium), or set CHROMIUM_PATH to a Chromium or Chrome.',
  );
}
