// Installs and builds everything that is needed to start or test the project. Skips steps that are up to date.

import { copyFile, mkdir, readdir, rename } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { unlessFresh } from './fresh.mjs';
import { BUILT_ADDON, BUILT_EMULATOR, DASHBOARD, EMULATOR, PROFILE, ROOT } from './paths.mjs';
import { run, StepFailed } from './run.mjs';

const OLDEST_RUST = [1, 88];
/**
 * Cargo builds by profile. `dev` builds all programs at once and copies the addon from that build, because cargo compiles a
 * dependency again for each set of features. napi would compile everything again, because it builds for an explicit target.
 */
const PROFILES = {
  dev: { programs: ['--workspace', '--lib', '--bins'], addon: copyAddon },
  release: { programs: ['--release', '-p', 'toklink-emulator'], addon: buildAddon },
};
/** Inputs of the addon build, without its outputs. */
const ADDON_SOURCES = [
  'Cargo.toml',
  'Cargo.lock',
  'src',
  ...['Cargo.toml', 'build.rs', 'package.json', 'src'].map((name) => `bindings/node/${name}`),
];

/** Inputs of `npm run build:js`. */
const JS_SOURCES = [
  ...['js', 'package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json', 'bindings/node/main.d.cts'],
  ...['scripts/build-js.mjs', 'scripts/lib/cli-bundle.mjs'],
];

/** Fails if this machine lacks a required tool. */
async function checkTools() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  const nodeFits = (major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22;
  if (!nodeFits) throw new StepFailed(`Node ${process.versions.node} is too old; install 20.19, 22.12 or newer.`);
  const output = await run('rust toolchain', ['rustc', '--version']).catch((error) => {
    throw new StepFailed(`${error.message} Install Rust from https://rustup.rs and open a new shell.`);
  });
  const [rustMajor, rustMinor] = (/(\d+)\.(\d+)/.exec(output) ?? []).slice(1).map(Number);
  if (rustMajor < OLDEST_RUST[0] || (rustMajor === OLDEST_RUST[0] && rustMinor < OLDEST_RUST[1])) {
    throw new StepFailed(`Rust ${rustMajor}.${rustMinor} is too old; run \`rustup update\` (1.88 or newer is needed).`);
  }
}

/** Copies the addon from the build of all programs to the file name that the loader expects. */
async function copyAddon() {
  const { machine } = createRequire(import.meta.url)('../../bindings/node/main.cjs');
  const name = machine().package.replace('toklink-native-', 'toklink.');
  await replace(BUILT_ADDON, join(ROOT, `bindings/node/${name}.node`));
}

/** Builds the addon in the same way as a release. */
async function buildAddon() {
  const binary = (await readdir(join(ROOT, 'bindings/node'))).find((name) => name.endsWith('.node'));
  const output = `bindings/node/${binary ?? 'toklink.node'}`;
  // Runs napi only when needed: it sets NAPI_FORCE_BUILD_* in the first build only, which cargo treats as a change.
  await unlessFresh('native-addon', { inputs: ADDON_SOURCES, output, variant: PROFILE }, () => run('native addon', ['npm', 'run', 'build:native']));
}

/** Copies a file and renames the copy into place, so that a running program keeps the old file. */
async function replace(from, to) {
  await mkdir(dirname(to), { recursive: true });
  await copyFile(from, `${to}.new`);
  await rename(`${to}.new`, to);
}

/** Installs the packages and builds the addon, the JavaScript and the emulator. */
export async function setUpToklink() {
  if (!(PROFILE in PROFILES)) throw new StepFailed(`TOKLINK_PROFILE is ${PROFILE}; use ${Object.keys(PROFILES).join(' or ')}.`);
  const { addon, programs } = PROFILES[PROFILE];
  await checkTools();
  const lock = ['package-lock.json', 'package.json', 'bindings/node/package.json'];
  const install = unlessFresh('packages', { inputs: lock, output: 'node_modules' }, () => run('packages', ['npm', 'ci']));
  await Promise.all([install, run('programs', ['cargo', 'build', ...programs])]);
  await addon();
  // Skipped when up to date: the build removes dist, and the demo must not rebuild it while other suites use it.
  await unlessFresh('javascript', { inputs: JS_SOURCES, output: 'dist/cli.js' }, () => run('JavaScript', ['npm', 'run', 'build:js']));
  await replace(BUILT_EMULATOR, EMULATOR);
}

let dashboard;

/** Sets up the dashboard once for all suites: packages, Prisma client and production build. */
export function setUpDashboard() {
  return (dashboard ??= buildDashboard());
}

let packages;

/** Installs the dashboard's packages with fresh copies of toklink, and generates its Prisma client. */
export function installDashboard() {
  return (packages ??= installPackages());
}

async function installPackages() {
  const lock = ['examples/dashboard/package-lock.json', 'examples/dashboard/package.json', 'package.json'];
  await unlessFresh('dashboard-packages', { inputs: lock, output: 'examples/dashboard/node_modules' }, () =>
    run('dashboard packages', ['npm', 'ci'], { cwd: DASHBOARD }),
  );
  await run('dashboard setup', ['npm', 'run', 'setup'], { cwd: DASHBOARD });
}

async function buildDashboard() {
  await installDashboard();
  const inputs = ['examples/dashboard', 'dist', 'bindings/node/index.js'];
  await unlessFresh('dashboard-build', { inputs, output: 'examples/dashboard/.next/BUILD_ID' }, () =>
    run('dashboard build', ['npm', 'run', 'build'], { cwd: DASHBOARD, env: { NEXT_TELEMETRY_DISABLED: '1' } }),
  );
}

