// Assembles the app of tests/host, which has its own social-media code, without toklink (`before`) or with it (`after`).

import { cp, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { unlessFresh } from './fresh.mjs';
import { DASHBOARD, ROOT } from './paths.mjs';
import { run } from './run.mjs';
import { installDashboard } from './setup.mjs';

const SOURCES = join(ROOT, 'tests/host');
const FOLDER = join(ROOT, 'target/host-app');
/** toklink's Prisma fragments that an app with its own SocialMetrics model needs. */
const FRAGMENTS = ['leases', 'publishes', 'requests'];

/** Writes one of the app's states into `folder`. Keeps the build results in that folder. */
export async function composeHostApp(folder, state) {
  await mkdir(folder, { recursive: true });
  for (const name of await readdir(folder)) {
    if (name !== '.next' && name !== 'node_modules') await rm(join(folder, name), { recursive: true });
  }
  for (const part of ['app', state]) await cp(join(SOURCES, part), folder, { recursive: true });
  if (state === 'after') await addTables(folder);
}

/** Performs the step of the guide that adds toklink's tables. */
async function addTables(folder) {
  const fragments = join(ROOT, 'prisma');
  for (const name of FRAGMENTS) await cp(join(fragments, `${name}.prisma`), join(folder, `prisma/${name}.prisma`));
  const migration = join(folder, 'prisma/migrations/20261130000000_toklink');
  await mkdir(migration);
  const statements = await Promise.all(FRAGMENTS.map((name) => readFile(join(fragments, `${name}.sql`), 'utf8')));
  await writeFile(join(migration, 'migration.sql'), statements.join('\n'));
}

let host;

/** Builds the app with toklink once for all suites that use it. */
export function setUpHostApp() {
  return (host ??= build());
}

async function build() {
  await installDashboard();
  const inputs = ['tests/host/app', 'tests/host/after', 'scripts/lib/host-app.mjs', 'prisma', 'dist', 'bindings/node/index.js'];
  const output = relative(ROOT, join(FOLDER, '.next/BUILD_ID'));
  await unlessFresh('host-app', { inputs: [...inputs, 'examples/dashboard/package-lock.json'], output }, async () => {
    await rm(join(FOLDER, '.next/BUILD_ID'), { force: true });
    await composeHostApp(FOLDER, 'after');
    await linkPackages(FOLDER);
    await generatePrisma(FOLDER);
    await run('host app build', [process.execPath, 'node_modules/next/dist/bin/next', 'build', '--webpack'], {
      cwd: FOLDER,
      env: { NEXT_TELEMETRY_DISABLED: '1', PACKAGES_ROOT: ROOT },
    });
    // Next.js expects the container image build to copy this folder.
    await cp(join(FOLDER, 'public'), join(STANDALONE, 'public'), { recursive: true });
  });
}

/** Checks the types of the app without toklink, which is the starting point of docs/GUIDE_EXISTING_APP.md. */
export async function checkAppBefore() {
  await installDashboard();
  const folder = join(ROOT, 'target/host-app-before');
  await composeHostApp(folder, 'before');
  await linkPackages(folder);
  await generatePrisma(folder);
  await run('types of the app before toklink', [process.execPath, join(folder, 'node_modules/typescript/bin/tsc')], { cwd: folder });
}

/** Links the dashboard's packages. They have the same versions, so one installation serves both apps. */
async function linkPackages(folder) {
  const packages = join(folder, 'node_modules');
  await rm(packages, { force: true });
  await symlink(relative(folder, join(DASHBOARD, 'node_modules')), packages, 'dir');
}

async function generatePrisma(folder) {
  await run('Prisma client of the host app', [process.execPath, join(folder, 'node_modules/prisma/build/index.js'), 'generate'], {
    cwd: folder,
    // `generate` checks that a schema engine exists but does not run it. Any existing file prevents the download.
    env: { PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, CHECKPOINT_DISABLE: '1' },
  });
}

/** Folder of the standalone server, which contains `server.js`. */
export const STANDALONE = join(FOLDER, '.next/standalone', relative(ROOT, FOLDER));
/** The app's migrations, in the format in which the app applies them. */
export const MIGRATIONS = join(FOLDER, 'prisma/migrations');
