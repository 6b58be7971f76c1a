// The suite `package` tests the installed packages instead of the sources. It packs everything as a release does,
// serves the packages from a registry on loopback, and installs them with npm and pnpm into empty folders.

import { spawnSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkPackages } from './package-check.mjs';
import { nextApp } from './package-next.mjs';
import { packAll, platforms } from './packages.mjs';
import { EMULATOR, ROOT } from './paths.mjs';
import { startRegistry } from './registry.mjs';
import { run, StepFailed } from './run.mjs';
import { startService } from './service.mjs';

const TESTS = join(ROOT, 'tests/package');
const VERSION = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')).version;
const EMULATOR_PACKAGE = `toklink-emulator-${process.platform}-${process.arch}`;
/** Install commands of both package managers, whose versions this repository pins. */
const INSTALL = {
  npm: ['npm', 'install', '--no-audit', '--no-fund', '--loglevel=error'],
  pnpm: [process.execPath, join(ROOT, 'node_modules/pnpm/bin/pnpm.cjs'), 'install', '--no-frozen-lockfile'],
};
/** Other platforms for which npm must select the right binary. */
const OTHER_PLATFORMS = ['linux-x64-musl', 'linux-arm64-gnu', 'darwin-arm64', 'win32-x64-msvc'];

export async function packageSuite() {
  const work = await mkdtemp(join(tmpdir(), 'toklink-package-'));
  let registry;
  try {
    const packed = await step('packages as a release packs them', () => packHere(work));
    await step('publint and are-the-types-wrong', () =>
      checkPackages(packed.filter(({ name }) => name === 'toklink' || name === 'toklink-native')),
    );
    registry = await startRegistry(packed);
    // npm uses this machine's settings except for the registry. TOKLINK_EMULATOR is cleared, so that it cannot affect the result.
    const env = { npm_config_registry: registry.url, npm_config_ignore_scripts: 'true', TOKLINK_EMULATOR: '' };
    for (const manager of ['npm', 'pnpm']) await installed(work, manager, env);
    await elsewhere(work, env);
    await nextApp({ folder: join(work, 'next-npm'), install: INSTALL.npm, env, bundlers: ['webpack', 'turbopack'] });
    await nextApp({ folder: join(work, 'next-pnpm'), install: INSTALL.pnpm, env, bundlers: ['turbopack'] });
  } finally {
    await registry?.stop();
    await rm(work, { recursive: true, force: true });
  }
}

/** Packs all packages. A platform whose binary was not built here gets a placeholder file. */
async function packHere(work) {
  const binaries = join(work, 'binaries');
  await mkdir(binaries);
  await cp(EMULATOR, join(binaries, EMULATOR_PACKAGE));
  const missing = (file) => {
    const here = file.includes(`${process.platform}-${process.arch}`) && !file.endsWith('-musl.node');
    if (here) throw new StepFailed(`${file} is missing; run npm run build.`);
    return Buffer.from(`only a release builds ${file}\n`);
  };
  const packed = await packAll({ out: join(work, 'packages'), folders: [join(ROOT, 'bindings/node'), binaries], missing });
  await noLeftovers();
  return packed;
}

/** Fails if dist contains files without a source, because they would be published by mistake. */
async function noLeftovers() {
  const files = await readdir(join(ROOT, 'dist'), { recursive: true });
  const sources = new Set((await readdir(join(ROOT, 'js'), { recursive: true })).map((path) => path.replace(/\.tsx?$/, '')));
  const orphans = files.filter((path) => /\.(js|d\.ts)$/.test(path) && !sources.has(path.replace(/\.(js|d\.ts)$/, '')));
  if (orphans.length > 0) throw new StepFailed(`dist has files without a source: ${orphans.join(', ')}. Remove dist and build again.`);
}

/** Installs toklink with `manager` in an empty folder and tests all entry points. */
async function installed(work, manager, env) {
  const folder = join(work, manager);
  await mkdir(folder);
  const dependencies = { toklink: VERSION, ...(await peers()) };
  const devDependencies = { [EMULATOR_PACKAGE]: VERSION, '@types/node': '^20.19.0', '@types/react': '^19.2.0' };
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'empty', private: true, dependencies, devDependencies }));
  await run(`${manager} install`, INSTALL[manager], { cwd: folder, env });
  const addons = await binaries(folder);
  if (addons.length !== 1) throw new StepFailed(`${manager} installed ${addons.join(', ') || 'no binary'} instead of the binary for this machine.`);
  if (manager === 'npm') await tellsWhatIsLinked(join(folder, 'node_modules'), [...addons, EMULATOR_PACKAGE]);
  await cp(join(TESTS, 'use.mjs'), join(folder, 'use.mjs'));
  const seen = await run(`${manager}: require, import, addon, emulator`, [process.execPath, 'use.mjs'], { cwd: folder, env });
  const { opened, binary, emulator } = JSON.parse(seen);
  if (opened !== 'hello' || emulator !== 401) throw new StepFailed(`The installed packages do not work: ${seen}`);
  if (!binary.startsWith(await realpath(folder))) throw new StepFailed(`The addon was loaded from another folder: ${binary}`);
  if (manager === 'npm') await onlyWhatRoutesNeed(join(folder, 'node_modules'));
  await command(folder, manager, env);
  edgeIsRefused(folder, manager);
  await types(folder, manager);
}

/**
 * Checks which packages an installation of toklink adds. It must not add packages that only the command line uses, because they
 * are bundled.
 */
async function onlyWhatRoutesNeed(folder) {
  const brought = new Set();
  await needs(folder, 'toklink', brought);
  const names = [...brought].sort().join(', ');
  if (names !== 'busboy, streamsearch, toklink-native') throw new StepFailed(`toklink installs ${names}; only busboy, streamsearch and toklink-native are expected.`);
}

/** Adds the installed dependencies of `name` to `found`, recursively. */
async function needs(folder, name, found) {
  const { dependencies = {} } = JSON.parse(await readFile(join(folder, name, 'package.json'), 'utf8'));
  for (const next of Object.keys(dependencies)) {
    if (found.has(next)) continue;
    found.add(next);
    await needs(folder, next, found);
  }
}

/**
 * Tests the command line of an installed package: its version, `toklink doctor`, and its emulator, which must stop
 * together with npx.
 */
async function command(folder, manager, env) {
  const npx = ['npx', '--no-install', 'toklink'];
  const version = await run(`${manager}: the command`, [...npx, '--version'], { cwd: folder, env });
  if (!version.includes(VERSION)) throw new StepFailed(`toklink --version printed ${version} instead of ${VERSION}`);
  const shown = spawnSync('npx', [...npx.slice(1), 'doctor', '--json'], { cwd: folder, env: { ...process.env, ...env }, encoding: 'utf8' });
  const addon = JSON.parse(shown.stdout).findings.find(({ check }) => check === 'native addon');
  if (addon?.level !== 'ok') throw new StepFailed(`toklink doctor reports a problem with the installed addon: ${JSON.stringify(addon)}`);
  const emulator = [...npx, 'emulator', '--port', '0'];
  const { service, match } = await startService(`${manager}: toklink emulator`, emulator, { ready: /^listening (\S+)/, cwd: folder, env });
  await fetch(`${match[1]}/_emulator/state`).finally(() => service.stop());
  // The emulator holds the other end of this pipe, so `closed` only resolves after the emulator has exited.
  await service.closed;
}

/** Checks that importing toklink on the edge runtime, which supports no addons, throws one clear error. */
function edgeIsRefused(folder, manager) {
  for (const name of ['toklink', 'toklink/next']) {
    const program = `import('${name}').then(() => console.log('imported'), (error) => console.log(error.message))`;
    const { stdout } = spawnSync(process.execPath, ['--conditions=edge-light', '-e', program], { cwd: folder, encoding: 'utf8' });
    if (!/^toklink needs the Node\.js runtime: .*\n$/.test(stdout)) throw new StepFailed(`${manager}: ${name} on the edge prints: ${stdout}`);
  }
}

/** Checks that each package with a binary contains the licences of all linked crates. */
async function tellsWhatIsLinked(folder, names) {
  for (const name of names) {
    const text = await readFile(join(folder, name, 'THIRD_PARTY.md'), 'utf8').catch(async (error) => {
      const installed = await readdir(join(folder, name)).catch(() => []);
      throw new StepFailed(`${name} has no THIRD_PARTY.md; npm installed ${installed.join(', ') || 'nothing'}. ${error.message}`);
    });
    const hasNotices = ['tokio', 'serde_json'].every((crate) => new RegExp(`^\\| ${crate} \\d.* MIT`, 'm').test(text));
    if (!hasNotices || !text.includes('Permission is hereby granted')) throw new StepFailed(`${name} does not list its linked crates; its THIRD_PARTY.md has ${text.length} characters.`);
  }
}

/** Returns the optional peer dependencies to install, which the entry points need to load. */
async function peers() {
  const { peerDependencies = {} } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
  return peerDependencies;
}

/** Compiles against the type declarations without `skipLibCheck`, with each module resolution that hosts use. */
async function types(folder, manager) {
  await cp(join(TESTS, 'types'), join(folder, 'types'), { recursive: true });
  await writeFile(join(folder, 'types/package.json'), '{"type":"module"}');
  const kinds = { nodenext: ['use.ts', 'use.cts'], node16: ['use.ts'], bundler: ['use.ts'] };
  // Package managers differ in folder layout, and compilers in module resolution, so the suite tests both.
  for (const [kind, files] of Object.entries(kinds).slice(0, manager === 'npm' ? 3 : 1)) {
    const compilerOptions = {
      ...{ module: kind === 'bundler' ? 'esnext' : kind, moduleResolution: kind, target: 'es2022', strict: true, noEmit: true },
      ...{ lib: ['es2023', 'dom', 'esnext.disposable'], types: ['node'], jsx: 'react-jsx', exactOptionalPropertyTypes: true },
    };
    await writeFile(join(folder, `types/tsconfig.${kind}.json`), JSON.stringify({ compilerOptions, files }));
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
    await run(`${manager}: types by ${kind}`, [process.execPath, tsc, '-p', `types/tsconfig.${kind}.json`], { cwd: folder });
  }
}

/** Checks which binaries npm selects on other platforms. */
async function elsewhere(work, env) {
  for (const { name, os, cpu, libc } of await platforms()) {
    const platform = name.replace('toklink-native-', '');
    if (!OTHER_PLATFORMS.includes(platform)) continue;
    const folder = join(work, platform);
    await mkdir(folder);
    await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'empty', private: true, dependencies: { 'toklink-native': VERSION } }));
    const machine = [`--os=${os}`, `--cpu=${cpu}`, ...(libc === undefined ? [] : [`--libc=${libc}`])];
    await run(`npm install for ${platform}`, [...INSTALL.npm, ...machine], { cwd: folder, env });
    const chosen = await binaries(folder);
    if (chosen.join() !== name) throw new StepFailed(`For ${platform}, npm installed ${chosen.join(', ') || 'nothing'} instead of ${name}.`);
  }
}

/** Returns the packages that contain a binary, for the folder layout of npm or pnpm. */
async function binaries(folder) {
  const folders = [join(folder, 'node_modules'), join(folder, 'node_modules/.pnpm')];
  const entries = await Promise.all(folders.map((path) => readdir(path).catch(() => [])));
  return [...new Set(entries.flat().map((entry) => entry.split('@')[0]))].filter((name) => name.startsWith('toklink-native-'));
}

async function step(title, work) {
  const began = performance.now();
  console.log(`- ${title} ...`);
  const result = await work();
  console.log(`  done: ${title} (${((performance.now() - began) / 1000).toFixed(1)} s)`);
  return result;
}
