import { fork } from 'node:child_process';
import { createInterface } from 'node:readline';
import { join } from 'node:path';

/** Returns the database of DATABASE_URL, or starts the embedded database as a child process. */
export async function database() {
  if (process.env.DATABASE_URL) return { url: process.env.DATABASE_URL, embedded: false, stop: async () => {} };
  const child = fork(join(import.meta.dirname, 'db.mjs'), { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  const url = await new Promise((done, fail) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.startsWith('listening ')) done(line.slice('listening '.length));
    });
    child.once('error', fail);
    child.once('exit', () => {
      fail(new Error('The embedded database did not start. Stop any other dashboard that uses the same data folder.'));
    });
  });
  const stop = () =>
    new Promise((done) => {
      if (child.exitCode !== null || child.signalCode !== null) return done();
      child.once('exit', () => done());
      child.kill('SIGTERM');
    });
  return { url, embedded: true, stop };
}
