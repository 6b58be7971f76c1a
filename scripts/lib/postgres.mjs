// Starts a separate PostgreSQL for a test: a new cluster in a temporary folder, on loopback, removed when it stops.

import { execFileSync, spawn } from 'node:child_process';
import { chownSync, existsSync, readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { installOnDebian } from './debian.mjs';
import { StepFailed } from './run.mjs';
import { freePort } from './service.mjs';

const DEBIAN = '/usr/lib/postgresql';
const TRIES = 3;

/**
 * Returns the folder that contains initdb and postgres. Debian does not put them on the PATH; on other systems
 * pg_config prints the folder.
 */
function programs() {
  if (existsSync(DEBIAN)) {
    const versions = readdirSync(DEBIAN).filter((name) => existsSync(join(DEBIAN, name, 'bin/initdb')));
    const newest = versions.sort((a, b) => Number(b) - Number(a))[0];
    if (newest !== undefined) return join(DEBIAN, newest, 'bin');
  }
  try {
    return execFileSync('pg_config', ['--bindir'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    throw new StepFailed('PostgreSQL is not installed; install its server (Debian: apt-get install postgresql).');
  }
}

/** Returns the user that the package created, because PostgreSQL does not run as root. */
function account() {
  if (process.getuid?.() !== 0) return {};
  const id = (flag) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

/** Resolves with true when the server accepts connections, or with false if it exits first. */
function ready(server) {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.once('exit', () => resolve(false));
    createInterface({ input: server.stderr }).on('line', (line) => {
      if (line.includes('ready to accept connections')) resolve(true);
    });
  });
}

/** Starts PostgreSQL. Returns its URL and a function that stops it. Installs PostgreSQL first if no confirmation is needed. */
export async function startPostgres() {
  if (!existsSync(DEBIAN)) await installOnDebian('postgresql');
  const bin = programs();
  const as = account();
  const folder = await mkdtemp(join(tmpdir(), 'toklink-postgres-'));
  if (as.uid !== undefined) chownSync(folder, as.uid, as.gid);
  const data = join(folder, 'data');
  const locale = ['--locale=C', '--encoding=UTF8'];
  execFileSync(join(bin, 'initdb'), ['-D', data, '-U', 'postgres', '-A', 'trust', ...locale], {
    ...as,
    cwd: folder,
    stdio: 'ignore',
  });
  for (let tried = 1; ; tried++) {
    const port = await freePort();
    const args = ['-D', data, '-h', '127.0.0.1', '-p', String(port), '-k', folder];
    const server = spawn(join(bin, 'postgres'), args, { ...as, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
    if (await ready(server)) {
      const stop = async () => {
        const ended = new Promise((resolve) => server.once('exit', resolve));
        // Requests a fast shutdown, which ends open sessions.
        server.kill('SIGINT');
        await ended;
        await rm(folder, { recursive: true, force: true });
      };
      return { url: `postgresql://postgres@127.0.0.1:${port}/postgres`, stop };
    }
    // Another program may have taken the port in the meantime.
    if (tried === TRIES) {
      await rm(folder, { recursive: true, force: true });
      throw new StepFailed('PostgreSQL did not start on a new cluster.');
    }
  }
}
