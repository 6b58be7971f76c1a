// Packs the published packages as tarballs: `toklink`, `toklink-native`, and one package per platform with its binary.
// The release publishes these files, and the suite `package` installs them.

import { spawnSync } from 'node:child_process';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, XTASK } from './paths.mjs';
import { StepFailed } from './run.mjs';

const NATIVE = join(ROOT, 'bindings/node');
const LICENSES = ['LICENSE-MIT', 'LICENSE-APACHE'];
const ENGINES = '^20.19 || >=22.12';

const readJson = async (path) => JSON.parse(await readFile(path, 'utf8'));

/**
 * Returns the platforms with a published binary from `napi.targets`, under the names that napi uses.
 *
 * @returns {Promise<{ target: string, name: string, file: string, os: string, cpu: string, libc?: string }[]>}
 */
export async function platforms() {
  const { napi } = await readJson(join(NATIVE, 'package.json'));
  return napi.targets.map((target) => {
    const cpu = target.startsWith('aarch64') ? 'arm64' : 'x64';
    const [os, abi, libc] = target.includes('apple')
      ? ['darwin', '']
      : target.includes('windows')
        ? ['win32', '-msvc']
        : target.endsWith('musl')
          ? ['linux', '-musl', 'musl']
          : ['linux', '-gnu', 'glibc'];
    const platform = `${os}-${cpu}${abi}`;
    return { target, name: `toklink-native-${platform}`, file: `toklink.${platform}.node`, os, cpu, ...(libc && { libc }) };
  });
}

/**
 * The platforms with a published emulator. On Linux the emulator is linked statically, so that one binary works with
 * each C library.
 */
export const EMULATORS = ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64'].map((platform) => {
  const [os, cpu] = platform.split('-');
  const target = `${cpu === 'x64' ? 'x86_64' : 'aarch64'}-${os === 'darwin' ? 'apple-darwin' : 'unknown-linux-musl'}`;
  return { target, name: `toklink-emulator-${platform}`, file: `toklink-emulator-${platform}`, os, cpu };
});

/**
 * Packs everything into `out` and returns the tarballs, dependencies first. If none of `folders` contains a platform's binary,
 * uses the result of `missing`, or fails without it.
 *
 * @param {{ out: string, folders: string[], missing?: (file: string) => Buffer }} options
 * @returns {Promise<{ name: string, tarball: string, manifest: object }[]>}
 */
export async function packAll({ out, folders, missing }) {
  const stage = join(out, 'stage');
  await rm(out, { recursive: true, force: true });
  await mkdir(stage, { recursive: true });
  const { version, repository, license } = await readJson(join(ROOT, 'package.json'));
  const shared = { version, license, repository };
  const made = [];
  for (const { target, name, file, os, cpu, libc } of await platforms()) {
    const contents = await contentsOf(file, file, { folders, missing, crate: 'toklink-node', target });
    const manifest = {
      ...{ name, ...shared, description: `The addon of toklink for ${[os, cpu, libc].filter(Boolean).join(' ')}` },
      ...{ type: 'commonjs', main: file, files: Object.keys(contents), os: [os], cpu: [cpu], ...(libc && { libc: [libc] }), engines: { node: ENGINES } },
    };
    made.push(await staged(stage, manifest, contents));
  }
  for (const { target, name, file, os, cpu } of EMULATORS) {
    const contents = await contentsOf(file, 'toklink-emulator', { folders, missing, crate: 'toklink-emulator', target });
    const manifest = {
      ...{ name, ...shared, description: `The TikTok emulator of toklink for ${os} ${cpu}` },
      ...{ files: Object.keys(contents), os: [os], cpu: [cpu], engines: { node: ENGINES } },
    };
    made.push(await staged(stage, manifest, contents));
  }
  made.push(await stagedLoader(stage, version), ROOT);
  const answer = npm(['pack', ...made, '--json', '--ignore-scripts', '--pack-destination', out], ROOT);
  const named = new Map(Object.values(JSON.parse(answer)).map(({ name, filename }) => [name, join(out, filename)]));
  const manifests = await Promise.all(made.map((folder) => readJson(join(folder, 'package.json'))));
  await rm(stage, { recursive: true });
  return manifests.map((manifest) => ({ name: manifest.name, tarball: named.get(manifest.name), manifest }));
}

/** Packs `toklink-native`, which contains no binary and has the packages of all platforms as optional dependencies. */
async function stagedLoader(stage, version) {
  const manifest = await readJson(join(NATIVE, 'package.json'));
  // These fields are only needed for building.
  for (const name of ['devDependencies', 'scripts', 'napi']) delete manifest[name];
  const optionalDependencies = Object.fromEntries((await platforms()).map(({ name }) => [name, version]));
  const files = manifest.files.filter((name) => !name.endsWith('.node'));
  const contents = {};
  for (const name of [...files, 'README.md']) contents[name] = await readFile(join(NATIVE, name));
  return staged(stage, { ...manifest, files, optionalDependencies }, contents);
}

async function staged(stage, { files, ...rest }, contents) {
  const manifest = { ...rest, files: [...files, ...LICENSES] };
  const folder = join(stage, manifest.name);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  for (const [name, bytes] of Object.entries(contents)) await writeFile(join(folder, name), bytes, { mode: 0o755 });
  for (const name of LICENSES) await cp(join(ROOT, name), join(folder, name));
  if (!('README.md' in contents)) await writeFile(join(folder, 'README.md'), `# ${manifest.name}\n\n${manifest.description}; installed automatically on matching platforms.\n`);
  return folder;
}

/** Returns the licence notices of the crates that are linked into a binary. */
function notices(crate, target) {
  const notices = ['notices', crate, '--target', target];
  // Prefers an xtask that is already built, because cargo would wait for other builds to finish.
  const [program, ...args] = existsSync(XTASK) ? [XTASK, ...notices] : ['cargo', 'run', '--quiet', '-p', 'xtask', '--', ...notices];
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: ROOT, encoding: 'utf8', maxBuffer: 1 << 24 });
  if (status !== 0) throw new StepFailed(`xtask ${notices.join(' ')} failed: ${stderr}`);
  return stdout;
}

/** Returns the contents of a package: the binary under `name`, and the notices of its linked crates. */
async function contentsOf(file, name, { folders, missing, crate, target }) {
  const found = folders.map((folder) => join(folder, file)).find((path) => existsSync(path));
  if (found !== undefined) return { [name]: await readFile(found), 'THIRD_PARTY.md': notices(crate, target) };
  if (missing !== undefined) return { [name]: missing(file) };
  throw new StepFailed(`${file} is missing in ${folders.join(', ')}; a release needs the binary of every platform.`);
}

function npm(args, cwd) {
  const { status, stdout, stderr } = spawnSync('npm', args, { cwd, encoding: 'utf8', shell: process.platform === 'win32' });
  if (status !== 0) throw new StepFailed(`npm ${args.join(' ')} failed: ${stderr}`);
  return stdout;
}
