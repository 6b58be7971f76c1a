import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Emulator } from '../js/emulator.js';

const DASHBOARD = fileURLToPath(new URL('../../examples/dashboard/', import.meta.url));

/**
 * The production build of the dashboard with an emulator and an embedded database, both fresh, on free ports. With
 * E2E_POSTGRES (a URL) the database is that server's, whose accounts the tests delete.
 */
export default async function setup(): Promise<() => Promise<void>> {
  const data = await mkdtemp(join(tmpdir(), 'toklink-e2e-'));
  const stops: (() => Promise<void>)[] = [() => rm(data, { recursive: true, force: true })];
  const stop = async () => {
    for (const each of stops.reverse()) await each();
  };
  try {
    const emulator = await Emulator.start();
    stops.push(() => emulator.stop());
    await build();
    const env = { ...process.env, ...emulator.env(), DASHBOARD_DATA: data };
    // Its own name, since the tests delete accounts: nobody's DATABASE_URL is meant.
    let database = process.env.E2E_POSTGRES;
    if (!database) {
      const embedded = await child([join(DASHBOARD, 'scripts/db.mjs')], env, /^listening (postgresql:.*)$/);
      stops.push(embedded.stop);
      database = embedded.said;
    }
    const port = await freePort();
    const dashboard = await child(
      [join(DASHBOARD, 'scripts/serve.mjs'), 'start'],
      {
        ...env,
        PORT: String(port),
        NEXTAUTH_URL: `http://localhost:${port}`,
        DATABASE_URL: database,
        // The embedded database answers one connection at a time.
        DATABASE_POOL_MAX: process.env.E2E_POSTGRES ? '5' : '1',
        TIKTOK_CALLBACK_URL: '',
      },
      /Ready in/,
    );
    stops.push(dashboard.stop);
    Object.assign(process.env, {
      E2E_DASHBOARD: `http://localhost:${port}`,
      E2E_EMULATOR: emulator.baseUrl,
      E2E_DATABASE: database,
    });
    return stop;
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Runs the dashboard's set-up, and its build when something that goes into it is newer than the last one. */
async function build(): Promise<void> {
  if (!existsSync(join(DASHBOARD, 'node_modules/next'))) {
    throw new Error('The dashboard has no node_modules: run npm ci in examples/dashboard.');
  }
  run(['scripts/setup.mjs']);
  const built = await newest(join(DASHBOARD, '.next/BUILD_ID'));
  const sources = ['src', 'package.json', 'next.config.ts', 'node_modules/toklink/dist'];
  const changed = await Promise.all(sources.map((each) => newest(join(DASHBOARD, each))));
  if (built === 0 || Math.max(...changed) > built) run(['node_modules/next/dist/bin/next', 'build']);
}

function run(args: string[]): void {
  const { status } = spawnSync(process.execPath, args, { cwd: DASHBOARD, stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) throw new Error(`${args.join(' ')} failed in examples/dashboard; see above.`);
}

/** When the file, or the newest file below the folder, was changed; 0 without one. Generated files do not count. */
async function newest(path: string): Promise<number> {
  const found = await stat(path).catch(() => null);
  if (found === null) return 0;
  if (!found.isDirectory()) return found.mtimeMs;
  const names = (await readdir(path)).filter((name) => name !== 'generated');
  return Math.max(0, ...(await Promise.all(names.map((name) => newest(join(path, name))))));
}

/** Starts a Node script and waits until it says that it is ready. */
async function child(args: string[], env: NodeJS.ProcessEnv, ready: RegExp) {
  const process_ = spawn(process.execPath, args, { cwd: DASHBOARD, env, stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface({ input: process_.stdout });
  const said = await new Promise<string>((done, fail) => {
    lines.on('line', (line) => {
      const match = ready.exec(line);
      if (match) done(match[1] ?? '');
    });
    process_.once('error', fail);
    process_.once('exit', (code) => fail(new Error(`${args[0]} ended with ${code} before it was ready`)));
  });
  const stop = async () => {
    if (process_.exitCode !== null || process_.signalCode !== null) return;
    const ended = new Promise((done) => process_.once('exit', done));
    process_.kill('SIGTERM');
    await ended;
  };
  return { said, stop };
}

function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const probe = createServer();
    probe.once('error', fail);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => (address !== null && typeof address === 'object' ? done(address.port) : fail(new Error('no port'))));
    });
  });
}
