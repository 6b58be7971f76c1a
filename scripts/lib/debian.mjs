// Installs the suites' system packages where no confirmation is needed: on Debian, as root.

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { run } from './run.mjs';

const isDebian = () => {
  const release = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
  return /^ID(_LIKE)?=.*debian/m.test(release);
};

const isInstalled = (name) => spawnSync('dpkg', ['-s', name], { stdio: 'ignore' }).status === 0;

/** Serializes installations: suites run concurrently, but apt locks its database. */
let installing = Promise.resolve();

/** Installs those of `packages` that are missing. Does nothing on other systems. */
export function installOnDebian(...packages) {
  const turn = installing.then(() => install(packages));
  installing = turn.catch(() => {});
  return turn;
}

async function install(packages) {
  if (!isDebian() || process.getuid?.() !== 0) return;
  const missing = packages.filter((name) => !isInstalled(name));
  if (missing.length === 0) return;
  await run('package lists', ['apt-get', 'update']);
  await run(`Debian packages: ${missing.join(', ')}`, ['apt-get', 'install', '-y', '--no-install-recommends', ...missing], {
    env: { DEBIAN_FRONTEND: 'noninteractive' },
  });
}
