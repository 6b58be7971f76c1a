// Runs one command under a title. Writes its output to a log, and shows the log if the command fails.

import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from './paths.mjs';

const LOGS = join(ROOT, 'target', 'logs');
const STILL_RUNNING_MS = 20_000;
const LINES_ON_FAILURE = 120;
// Uses node, npm and npx from the installation that runs this process, regardless of the PATH.
const WINDOWS = process.platform === 'win32';

/** Error for a failed command. The command's output is in `output` and has already been shown. */
export class StepFailed extends Error {
  constructor(message, output = '') {
    super(message);
    this.output = output;
  }
}

const seconds = (since) => `${((performance.now() - since) / 1000).toFixed(1)} s`;

/**
 * Runs `command` and returns its output. After success, prints the output lines that match `show`.
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
  const still = setInterval(() => console.log(`  still running: ${title} (${seconds(began)})`), STILL_RUNNING_MS);
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
