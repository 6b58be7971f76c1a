// Coverage of Rust. Only the crates of this repository are instrumented. The tests run by cargo and by Node write their
// counters to one folder.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { counted } from './counted.mjs';
import { addLcov } from './coverage-lines.mjs';
import { installOnDebian } from './debian.mjs';
import { ROOT, TARGET } from './paths.mjs';
import { ensureRedis } from './redis.mjs';
import { run, StepFailed } from './run.mjs';

/**
 * `%m`: one file per binary, shared by all its processes. `%c`: a memory-mapped file, so that killed processes lose no
 * counters.
 */
const PROFILES = 'toklink-%m%c.profraw';

/** The C library, and the same library with faults on demand. */
const C_LIBRARIES = ['debug', 'testing/debug'].flatMap((folder) => ['libtoklink.so', 'libtoklink.dylib'].map((name) => join(TARGET, folder, name)));

/** An instrumented build and the counters of its test runs. */
export class RustCoverage {
  #folder;
  #tools;
  #objects = [];

  static async prepare(folder) {
    const coverage = new RustCoverage();
    coverage.#folder = folder;
    await mkdir(folder, { recursive: true });
    coverage.#tools = await tools();
    return coverage;
  }

  /** Returns the environment variables for instrumented programs. */
  get env() {
    return { LLVM_PROFILE_FILE: join(this.#folder, PROFILES) };
  }

  /** Runs the tests of cargo and returns the path of the instrumented addon. */
  async test() {
    await ensureRedis();
    const build = { RUSTC_WORKSPACE_WRAPPER: join(ROOT, 'scripts/lib/instrumented-rustc.mjs'), ...this.env };
    const workspace = ['--workspace', '--message-format=json-render-diagnostics'];
    const built = await run('instrumented Rust tests', ['cargo', 'test', '--no-run', ...workspace], { env: build });
    for (const line of built.split('\n')) {
      const { executable } = line.startsWith('{') ? JSON.parse(line) : {};
      if (executable) this.#objects.push(executable);
    }
    await counted('Rust tests with coverage', ['cargo', 'test', '--workspace', '--no-fail-fast', '--', '--show-output'], { env: build });
    await installOnDebian('clang', 'gcc', 'g++');
    await counted('C and C++ with coverage', ['cargo', 'run', '--quiet', '-p', 'xtask', '--', 'test-c', '--quick'], { env: build });
    this.#objects.push(...C_LIBRARIES.filter((library) => existsSync(library)));
    const made = await run('instrumented addon', ['cargo', 'build', '-p', 'toklink-node', '--message-format=json-render-diagnostics'], { env: build });
    const library = /"([^"]*toklink_node\.(?:so|dylib))"/.exec(made)?.[1];
    if (library === undefined) throw new StepFailed('cargo built no library for the addon.');
    const addon = join(this.#folder, 'toklink.node');
    await cp(library, addon);
    this.#objects.push(addon);
    return addon;
  }

  /**
   * Installs the instrumented addon for Node's tests. Returns a function that restores the original addon and collects
   * the counters.
   */
  async lend(addon) {
    const native = join(ROOT, 'bindings/node');
    const name = (await readdir(native)).find((entry) => entry.endsWith('.node'));
    if (name === undefined) throw new StepFailed('The addon is missing in bindings/node; run npm run build.');
    const [installed, backup] = [join(native, name), join(this.#folder, 'backup.node')];
    await cp(installed, backup);
    // Replaces the file instead of overwriting it, because a process that has loaded it would crash.
    await rm(installed);
    await cp(addon, installed);
    return async () => {
      await rm(installed);
      await cp(backup, installed);
      // Programs that run with a minimal environment write their counters to the working directory.
      for (const entry of await readdir(ROOT)) {
        if (!/^default_.*\.profraw$/.test(entry)) continue;
        await cp(join(ROOT, entry), join(this.#folder, entry));
        await rm(join(ROOT, entry));
      }
    };
  }

  /** Adds the lines of this repository's files. */
  async report(lines) {
    const profiles = (await readdir(this.#folder)).filter((name) => name.endsWith('.profraw')).map((name) => join(this.#folder, name));
    const merged = join(this.#folder, 'all.profdata');
    await run('coverage of Rust', [this.#tools.profdata, 'merge', '--sparse', '--failure-mode=all', ...profiles, '-o', merged]);
    const objects = this.#objects.flatMap((object) => ['--object', object]);
    const ignored = ['--ignore-filename-regex', '(/\\.cargo/|/rustc/|/registry/)'];
    const args = ['export', '--format=lcov', ...ignored, '--instr-profile', merged, ...objects];
    const { status, stdout, stderr } = spawnSync(this.#tools.cov, args, { encoding: 'utf8', maxBuffer: 1 << 30 });
    if (status !== 0) throw new StepFailed(`${this.#tools.cov} failed: ${stderr.slice(0, 2000)}`);
    await addLcov(lines, stdout);
  }
}

/** Returns the LLVM tools that match rustc: from rustup, from the system, or from an unattended installation. */
async function tools() {
  const { stdout } = spawnSync('rustc', ['-vV'], { encoding: 'utf8' });
  const major = /LLVM version: (\d+)/.exec(stdout)?.[1];
  const host = /host: (\S+)/.exec(stdout)?.[1] ?? '';
  const { stdout: sysroot } = spawnSync('rustc', ['--print', 'sysroot'], { encoding: 'utf8' });
  const inToolchain = (name) => join(sysroot.trim(), 'lib/rustlib', host, 'bin', name);
  const find = (name) => [inToolchain(name), `/usr/bin/${name}-${major}`].find((path) => existsSync(path));
  if (find('llvm-cov') === undefined) await installOnDebian(`llvm-${major}`);
  const [cov, profdata] = [find('llvm-cov'), find('llvm-profdata')];
  if (cov === undefined || profdata === undefined) {
    throw new StepFailed(`llvm-cov and llvm-profdata ${major} are missing; run rustup component add llvm-tools, or install the package llvm-${major}.`);
  }
  return { cov, profdata };
}
