// The embedded database: PostgreSQL as PGlite, on loopback. Prints `listening postgresql://...` as its first line.
// DASHBOARD_DATA: where it is kept (default .data). DASHBOARD_DB_PORT: its port (default any free one).
import { PGlite } from '@electric-sql/pglite';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';
import { mkdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const data = resolve(root, process.env.DASHBOARD_DATA ?? '.data');

function freePort() {
  return new Promise((done, fail) => {
    const probe = createServer();
    probe.once('error', fail);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => done(port));
    });
  });
}

await mkdir(data, { recursive: true, mode: 0o700 });
const db = await PGlite.create(join(data, 'postgres'));
const port = Number(process.env.DASHBOARD_DB_PORT ?? 0) || (await freePort());
const server = new PGLiteSocketServer({ db, host: '127.0.0.1', port, maxConnections: 8 });
await server.start();
console.log(`listening postgresql://postgres:postgres@127.0.0.1:${port}/postgres`);

let stopping = false;
async function stop() {
  if (stopping) return;
  stopping = true;
  await server.stop();
  await db.close();
  process.exit(0);
}
process.once('SIGINT', stop);
process.once('SIGTERM', stop);
// The one who started this process went away without a signal.
if (process.send) process.once('disconnect', stop);
