import { execFile } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const run = promisify(execFile);
let bare: string;

/** Copies the packages without a binary, as npm installs them when it skips optional dependencies. */
beforeAll(async () => {
  bare = await mkdtemp(join(tmpdir(), 'toklink-bare-'));
  await cp(join(ROOT, 'dist'), join(bare, 'node_modules/toklink/dist'), { recursive: true });
  await cp(join(ROOT, 'package.json'), join(bare, 'node_modules/toklink/package.json'));
  for (const file of ['main.cjs', 'package.json', 'index.js']) {
    await cp(join(ROOT, 'bindings/node', file), join(bare, 'node_modules/toklink-native', file));
  }
});
afterAll(() => rm(bare, { recursive: true }));

interface Machine {
  platform: string;
  arch: string;
  musl?: boolean;
}

/** Resolves to the error of `new Client` on the given machine, as `CODE message`. */
async function thrownOn({ platform, arch, musl = false }: Machine, env: Record<string, string> = {}): Promise<string> {
  const script = `
    Object.defineProperty(process, 'platform', { value: '${platform}' });
    Object.defineProperty(process, 'arch', { value: '${arch}' });
    process.report.getReport = () => ({ header: ${musl ? '{}' : "{ glibcVersionRuntime: '2.36' }"}, sharedObjects: [] });
    import('toklink').then(({ Client, ToklinkError }) => {
      try { new Client({}) } catch (error) { console.log(ToklinkError.is(error), error.code, error.message) }
    });`;
  const { stdout } = await run(process.execPath, ['-e', script], { cwd: bare, env: { PATH: process.env['PATH'] ?? '', ...env } });
  return stdout.trim();
}

describe('a machine without a binary', () => {
  it.each<[Machine, string, string]>([
    [{ platform: 'linux', arch: 'x64' }, 'linux x64 glibc', 'toklink-native-linux-x64-gnu'],
    [{ platform: 'linux', arch: 'x64', musl: true }, 'linux x64 musl', 'toklink-native-linux-x64-musl'],
    [{ platform: 'linux', arch: 'arm64' }, 'linux arm64 glibc', 'toklink-native-linux-arm64-gnu'],
    [{ platform: 'linux', arch: 'arm64', musl: true }, 'linux arm64 musl', 'toklink-native-linux-arm64-musl'],
    [{ platform: 'darwin', arch: 'x64' }, 'darwin x64', 'toklink-native-darwin-x64'],
    [{ platform: 'darwin', arch: 'arm64' }, 'darwin arm64', 'toklink-native-darwin-arm64'],
    [{ platform: 'win32', arch: 'x64' }, 'win32 x64', 'toklink-native-win32-x64-msvc'],
  ])('names the missing package and how to get it: %o', async (machine, name, missing) => {
    const thrown = await thrownOn(machine);
    expect(thrown).toMatch(/^true CONFIG /);
    expect(thrown).toContain(`(${name}, Node v`);
    expect(thrown).toContain(missing);
    expect(thrown).toContain('npm install --include=optional');
    expect(thrown).toContain(`npm install --save-optional ${missing}@0.1.0`);
  });

  it.each<[Machine, string]>([
    [{ platform: 'freebsd', arch: 'x64' }, 'freebsd x64'],
    [{ platform: 'linux', arch: 'riscv64' }, 'linux riscv64 glibc'],
    [{ platform: 'win32', arch: 'ia32' }, 'win32 ia32'],
    [{ platform: 'sunos', arch: 'x64' }, 'sunos x64'],
  ])('suggests a build where no binary is published: %o', async (machine, name) => {
    const thrown = await thrownOn(machine);
    expect(thrown).toMatch(/^true CONFIG /);
    expect(thrown).toContain(`(${name}, Node v`);
    expect(thrown).toContain('npm run build:native');
    expect(thrown).not.toContain('--include=optional');
  });

  it('names the flag that stops Node from loading addons', async () => {
    const script = "import('./dist/index.js').then(({ Client }) => { try { new Client({}) } catch (error) { console.log(error.code, error.message) } })";
    for (const given of [{ args: ['--no-addons'], env: {} }, { args: [], env: { NODE_OPTIONS: '--no-addons' } }]) {
      const env = { PATH: process.env['PATH'] ?? '', ...given.env };
      const { stdout } = await run(process.execPath, [...given.args, '-e', script], { cwd: ROOT, env });
      expect(stdout).toMatch(/^CONFIG .*--no-addons/);
      expect(stdout).not.toContain('npm install');
    }
  });

  it('reports the system error when a binary does not load', async () => {
    const broken = join(bare, 'broken.node');
    await writeFile(broken, 'not a library');
    const thrown = await thrownOn({ platform: process.platform, arch: process.arch }, { NAPI_RS_NATIVE_LIBRARY_PATH: broken });
    expect(thrown).toMatch(/^true CONFIG .*broken\.node/);
    expect(thrown).toContain('glibc 2.17');
  });
});

describe('an addon of another version', () => {
  it('rejects an addon of another version and names both versions', async () => {
    const other = await mkdtemp(join(tmpdir(), 'toklink-other-'));
    await cp(bare, other, { recursive: true });
    const functions = ['NativeClient', 'openClient', 'probeVideo', 'quotaKinds'].map((name) => `${name}() {}`);
    const addon = `module.exports = { version: () => '9.9.9', ${functions.join(', ')} };`;
    await writeFile(join(other, 'node_modules/toklink-native/index.js'), addon);
    const script = "import('toklink').then((t) => { try { new t.Client({}) } catch (e) { console.log(e.code, e.message) } })";
    const { stdout } = await run(process.execPath, ['-e', script], { cwd: other });
    await rm(other, { recursive: true });
    expect(stdout).toMatch(/^CONFIG toklink 0\.1\.0 .*9\.9\.9.*npm install toklink@0\.1\.0 toklink-native@0\.1\.0/);
  });
});

describe('the list of platforms', () => {
  it('packages, loader and release list the same platforms', async () => {
    const text = (path: string): Promise<string> => readFile(join(ROOT, path), 'utf8');
    const { napi } = JSON.parse(await text('bindings/node/package.json')) as { napi: { targets: string[] } };
    const [loader, release] = [await text('js/native/load.ts'), await text('.github/workflows/release.yml')];
    const named = /const PUBLISHED = \[([\s\S]*?)\]/.exec(loader)?.[1]?.match(/[\w-]{5,}/g) ?? [];
    expect(named.sort()).toEqual(napi.targets.map(platformOf).sort());
    for (const target of napi.targets) expect(release).toContain(`target: ${target}`);
  });

  it('the list contains the current platform, whose addon loads', async () => {
    const built = (await readdir(join(ROOT, 'bindings/node'))).filter((name) => name.endsWith('.node'));
    const script = "console.log(require('toklink-native').machine().package)";
    const { stdout } = await run(process.execPath, ['-e', script], { cwd: ROOT });
    expect(built).toContain(`${stdout.trim().replace('toklink-native-', 'toklink.')}.node`);
  });
});

/** Returns the napi platform name of a Rust target. */
function platformOf(target: string): string {
  const arch = target.startsWith('aarch64') ? 'arm64' : 'x64';
  if (target.includes('apple')) return `darwin-${arch}`;
  if (target.includes('windows')) return `win32-${arch}-msvc`;
  return `linux-${arch}-${target.endsWith('musl') ? 'musl' : 'gnu'}`;
}
