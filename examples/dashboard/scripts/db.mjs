// The embedded database: PostgreSQL as PGlite, on a socket that only this user can open. PGlite does not check passwords, so
// a port would be open to every user of the machine. Prints `listening postgresql://...` as its first line.
// DASHBOARD_DATA: its folder (default .data).
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
// Created with mode 0700. Not in the data folder, because the path of a socket may have at most 107 bytes.
const folder = await mkdtemp(join(tmpdir(), 'dashboard-db-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
// The file name that PostgreSQL's clients use for a socket in a folder.
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
// The parent process ended without a signal.
if (process.send) process.once('disconnect', stop);
