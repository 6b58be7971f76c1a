import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Emulator } from '../js/emulator.js';
import { child, DASHBOARD, startDashboard } from './server.js';

/**
 * Starts the production build of the dashboard with a new emulator and a new embedded database, on free ports. If E2E_POSTGRES
 * contains a URL, the tests use that database and delete its accounts.
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
    // The variable is not DATABASE_URL, because the tests delete accounts.
    let database = process.env.E2E_POSTGRES;
    if (!database) {
      const embedded = await child([join(DASHBOARD, 'scripts/db.mjs')], env, /^listening (postgresql:.*)$/);
      stops.push(embedded.stop);
      database = embedded.said;
    }
    // The embedded database serves one connection at a time.
    const pool = process.env.E2E_POSTGRES ? '5' : '1';
    const served = { ...emulator.env(), DASHBOARD_DATA: data, DATABASE_URL: database, DATABASE_POOL_MAX: pool, TIKTOK_CALLBACK_URL: '' };
    const dashboard = await startDashboard(served);
    stops.push(dashboard.stop);
    Object.assign(process.env, {
      E2E_DASHBOARD: dashboard.url,
      E2E_ENVIRONMENT: JSON.stringify(served),
      E2E_EMULATOR: emulator.baseUrl,
      E2E_DATABASE: database,
    });
    return stop;
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Runs the dashboard's setup. Builds the dashboard if a source is newer than the last build. */
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

/** Resolves to the latest modification time of the file or of any file in the folder, or 0 if none exists. Ignores generated files. */
async function newest(path: string): Promise<number> {
  const found = await stat(path).catch(() => null);
  if (found === null) return 0;
  if (!found.isDirectory()) return found.mtimeMs;
  const names = (await readdir(path)).filter((name) => name !== 'generated');
  return Math.max(0, ...(await Promise.all(names.map((name) => newest(join(path, name))))));
}
