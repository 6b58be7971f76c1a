// npm run dev, npm start: starts the database, applies migrations and runs Next.js on PORT (default 3000). Listens on loopback
// unless HOST is set.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { database } from './embedded.mjs';
import { migrate } from './migrations.mjs';

const root = resolve(import.meta.dirname, '..');
const mode = process.argv[2] === 'dev' ? 'dev' : 'start';
const port = process.env.PORT ?? '3000';
const host = process.env.HOST ?? '127.0.0.1';

/** Returns the configured token encryption key, or a key that is generated once and stored in a file that only its owner can read. */
async function encryptionKey() {
  if (process.env.TOKEN_ENCRYPTION_KEY || process.env.TOKEN_ENCRYPTION_KEYS) return process.env.TOKEN_ENCRYPTION_KEY;
  const data = resolve(root, process.env.DASHBOARD_DATA ?? '.data');
  const path = join(data, 'token-encryption-key');
  if (existsSync(path)) return (await readFile(path, 'utf8')).trim();
  await mkdir(data, { recursive: true, mode: 0o700 });
  const key = randomBytes(32).toString('hex');
  await writeFile(path, `${key}\n`, { mode: 0o600, flag: 'wx' });
  return key;
}

if (mode === 'start' && !existsSync(join(root, '.next', 'BUILD_ID'))) {
  console.error('The dashboard is not built yet. Run `npm run build` first, or use `npm run dev`.');
  process.exit(1);
}
const db = await database();
try {
  await migrate(db.url);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  await db.stop();
  process.exit(1);
}
const key = await encryptionKey();
console.log(db.embedded ? 'database: embedded' : 'database: DATABASE_URL');
const next = spawn(
  process.execPath,
  [join(root, 'node_modules/next/dist/bin/next'), mode, '--port', port, '--hostname', host],
  {
    cwd: root,
    stdio: 'inherit',
    env: {
      ...process.env,
      DATABASE_URL: db.url,
      // The embedded database serves one connection at a time.
      ...(db.embedded && { DATABASE_POOL_MAX: '1' }),
      ...(key && { TOKEN_ENCRYPTION_KEY: key }),
      NEXTAUTH_URL: process.env.NEXTAUTH_URL ?? `http://localhost:${port}`,
      NEXT_TELEMETRY_DISABLED: '1',
      // src/lib/shutdown.ts handles SIGTERM; without this variable, Next.js would exit before that handler has finished.
      ...(mode === 'start' && { NEXT_MANUAL_SIG_HANDLE: 'true' }),
    },
  },
);
let signalled = false;
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    signalled = true;
    next.kill('SIGTERM');
  });
}
next.once('exit', async (code) => {
  await db.stop();
  process.exit(signalled ? 0 : (code ?? 1));
});
