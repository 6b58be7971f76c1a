// Starts redis-server for tests and benchmarks.

import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { installOnDebian } from './debian.mjs';
import { StepFailed } from './run.mjs';
import { freePort } from './service.mjs';

const isThere = () => spawnSync('redis-server', ['--version'], { stdio: 'ignore' }).status === 0;

/** Checks that redis-server is installed. Installs it if no confirmation is needed. */
export async function ensureRedis() {
  if (!isThere()) await installOnDebian('redis-server');
  if (!isThere()) {
    throw new StepFailed('redis-server is not installed; install it (Debian: apt-get install redis-server, macOS: brew install redis).');
  }
}

/** Starts a server without persistence on a free loopback port. Returns its URL and a function that stops it. */
export async function startRedis() {
  await ensureRedis();
  const folder = await mkdtemp(join(tmpdir(), 'toklink-redis-'));
  const port = await freePort();
  const server = spawn('redis-server', ['--port', port, '--bind', '127.0.0.1', '--save', '', '--dir', folder].map(String));
  const ended = new Promise((resolve) => server.once('exit', resolve));
  const ready = new Promise((resolve) => {
    createInterface({ input: server.stdout }).on('line', (line) => {
      if (line.includes('Ready to accept connections')) resolve(true);
    });
  });
  const stop = async () => {
    server.kill('SIGKILL');
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  if ((await Promise.race([ready, ended.then(() => false)])) !== true) {
    await stop();
    throw new StepFailed('redis-server exited before it was ready.');
  }
  return { url: `redis://127.0.0.1:${port}`, stop };
}
