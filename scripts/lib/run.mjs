// Runs one command under a title. Its output goes to a log, which is shown if the command fails.

import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from './paths.mjs';

const LOGS = join(ROOT, 'target', 'logs');
const STILL_RUNNING_MS = 20_000;
const LINES_ON_FAILURE = 120;
// Use node, npm and npx from the installation of this process, regardless of the PATH.
const WINDOWS = process.platform === 'win32';

/** Error of a failed command; its output has been shown and is in `output`. */
export class StepFailed extends Error {
  constructor(message, output = '') {
    super(message);
    this.output = output;
  }
}

const seconds = (since) => `${((performance.now() - since) / 1000).toFixed(1)} s`;

/**
 * Runs `command` and returns its output. `show` selects lines to print after success.
 *
 * @param {string} title
 * @param {string[]} command
 * @param {{ cwd?: string, env?: Record<string, string>, show?: RegExp }} [options]
 */
export async function run(title, [program, ...args], { cwd = ROOT, env = {}, show } = {}) {
  await mkdir(LOGS, { recursive: true });
  const path = join(LOGS, `${title.replace(/[^a-z0-9]+/gi, '-').toLowerCase()}.log`);
  const log = createWriteStream(path);
  const began = performance.now();
  console.log(`- ${title} ...`);
  const still = setInterval(() => console.log(`  still at it: ${title} (${seconds(began)})`), STILL_RUNNING_MS);
  const child = spawn(program, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: WINDOWS && /^(npm|npx)$/.test(program),
  });
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  const ended = await new Promise((resolve) => {
    child.once('error', (error) => resolve({ error }));
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  clearInterval(still);
  await new Promise((resolve) => log.end(resolve));
  const output = await readFile(path, 'utf8');
  if (ended.error?.code === 'ENOENT') {
    throw new StepFailed(`${title}: \`${program}\` is not installed, or not on the PATH.`);
  }
  if (ended.error !== undefined || ended.code !== 0) {
    console.error(output.split('\n').slice(-LINES_ON_FAILURE).join('\n'));
    const how = ended.signal ?? `exit ${ended.code}`;
    throw new StepFailed(`${title} failed (${how}): ${[program, ...args].join(' ')}`, output);
  }
  if (show !== undefined) {
    for (const line of output.split('\n')) if (show.test(line)) console.log(`    ${line.trim()}`);
  }
  console.log(`  done: ${title} (${seconds(began)})`);
  return output;
}
