// Runs the embedded database (PGlite) on a Unix socket that only the current user can open. PGlite does not check passwords,
// so every user of the machine could connect to a TCP port. Prints `listening postgresql://...` as the first line.
// DASHBOARD_DATA sets the data folder (default .data).
import { PGlite } from '@electric-sql/pglite';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';
import { rmSync } from 'node:fs';
import { mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const data = resolve(root, process.env.DASHBOARD_DATA ?? '.data');

await mkdir(data, { recursive: true, mode: 0o700 });
const db = await PGlite.create(join(data, 'postgres'));
// mkdtemp creates the folder with mode 0700. It is outside the data folder, because a socket path may have at most 107 bytes.
const folder = await mkdtemp(join(tmpdir(), 'dashboard-db-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
// PostgreSQL clients look for this file name in the socket's folder.
const server = new PGLiteSocketServer({ db, path: join(folder, '.s.PGSQL.5432'), maxConnections: 8 });
await server.start();
console.log(`listening postgresql://postgres@localhost/postgres?host=${encodeURIComponent(folder)}`);

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
// Also stop when the parent process ends without sending a signal.
if (process.send) process.once('disconnect', stop);
