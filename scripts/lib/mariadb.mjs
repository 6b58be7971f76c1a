// Starts a separate MariaDB for a test: in a new data folder, on loopback, removed when it stops.

import { execFileSync, spawn } from 'node:child_process';
import { chownSync, existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { installOnDebian } from './debian.mjs';
import { StepFailed } from './run.mjs';
import { freePort } from './service.mjs';

const SERVER = ['/usr/sbin/mariadbd', '/usr/local/bin/mariadbd', '/opt/homebrew/bin/mariadbd'];

/** Returns the path of the server program, which Debian does not put on users' PATH. */
function program() {
  const found = SERVER.find((path) => existsSync(path));
  if (found === undefined) throw new StepFailed('MariaDB is not installed; install its server (Debian: apt-get install mariadb-server).');
  return found;
}

/** Returns the user that the package created, because MariaDB does not run as root. */
function account() {
  if (process.getuid?.() !== 0) return {};
  const id = (flag) => Number(execFileSync('id', [flag, 'mysql'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

/** Starts MariaDB. Returns its URL and a function that stops it. Installs MariaDB first if no confirmation is needed. */
export async function startMariadb() {
  if (!SERVER.some((path) => existsSync(path))) await installOnDebian('mariadb-server');
  const server = program();
  const as = account();
  const folder = await mkdtemp(join(tmpdir(), 'toklink-mariadb-'));
  if (as.uid !== undefined) chownSync(folder, as.uid, as.gid);
  const data = join(folder, 'data');
  execFileSync('mariadb-install-db', ['--no-defaults', `--datadir=${data}`, '--auth-root-authentication-method=normal', '--skip-test-db'], {
    ...as,
    cwd: folder,
    stdio: 'ignore',
  });
  const port = await freePort();
  const options = [`--datadir=${data}`, `--port=${port}`, '--bind-address=127.0.0.1', `--socket=${join(folder, 'socket')}`, `--pid-file=${join(folder, 'pid')}`];
  const child = spawn(server, ['--no-defaults', ...options], { ...as, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  const stop = async () => {
    const ended = child.exitCode === null ? new Promise((resolve) => child.once('exit', resolve)) : undefined;
    child.kill('SIGTERM');
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  const isReady = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', () => resolve(false));
    createInterface({ input: child.stderr }).on('line', (line) => {
      if (line.includes('ready for connections')) resolve(true);
    });
  });
  if (!isReady) {
    await stop();
    throw new StepFailed('MariaDB exited before it was ready; see its error log.');
  }
  return { url: `mysql://root@127.0.0.1:${port}/toklink`, port, stop };
}
