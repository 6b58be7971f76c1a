// Runs a fuzz target with libFuzzer and AddressSanitizer. Both require an unstable compiler switch, which
// RUSTC_BOOTSTRAP enables in the stable compiler.

import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from './paths.mjs';
import { run } from './run.mjs';

const INPUTS = 10_000_000;
const TOOLS = join(ROOT, 'target', 'tools');
const CARGO_FUZZ = join(TOOLS, 'bin', process.platform === 'win32' ? 'cargo-fuzz.exe' : 'cargo-fuzz');
/** Limits: 5 seconds for one input and 512 MiB in total. Exceeding a limit is a failure. */
const LIMITS = ['-timeout=5', '-rss_limit_mb=512'];
const MAX_INPUT_BYTES = 4096;

/** Runs the target on ten million inputs, starting from its seed inputs. */
export async function fuzz(target) {
  if (!existsSync(CARGO_FUZZ)) {
    await run('cargo-fuzz', ['cargo', 'install', '--locked', '--root', TOOLS, 'cargo-fuzz']);
  }
  const corpus = join(ROOT, 'target', 'fuzz', target);
  await mkdir(corpus, { recursive: true });
  const seeds = join(ROOT, 'fuzz', 'seeds', target);
  const bounds = [`-runs=${INPUTS}`, `-max_len=${MAX_INPUT_BYTES}`, ...LIMITS, '-print_final_stats=1'];
  await run(`fuzzing: ${target}`, [CARGO_FUZZ, 'run', '--fuzz-dir', 'fuzz', '--target-dir', join(ROOT, 'target', 'fuzz-build'), target, corpus, seeds, '--', ...bounds], {
    env: { RUSTC_BOOTSTRAP: '1' },
    show: /^stat::(number_of_executed_units|average_exec_per_sec|peak_rss_mb)/,
  });
}
