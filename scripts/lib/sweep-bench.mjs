// Collects the metrics of many accounts from the emulator in separate processes: with toklink, and with fetch for
// comparison.

import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { run, StepFailed } from './run.mjs';
import { startEmulator } from './service.mjs';

const DEFAULT_CONCURRENCY = 5000;
const VIDEOS = 3;
/** Maximum memory beyond the contents of the store, MiB. */
const MOST_MIB = 16;
const PEER = fileURLToPath(new URL('./sweep-peer.mjs', import.meta.url));

async function control(emulator, name, body) {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${emulator.baseUrl}/_emulator/${name}`, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new StepFailed(`The emulator rejected ${name}: ${await answer.text()}`);
  return answer.json();
}

/** Creates `count` users with tokens and writes one account per line to `file`. */
async function seed(emulator, file, count) {
  const out = createWriteStream(file);
  for (let made = 0; made < count; made += DEFAULT_CONCURRENCY) {
    const asked = { client_key: 'awtoklinkemu0001', count: Math.min(DEFAULT_CONCURRENCY, count - made), videos: VIDEOS };
    const { accounts } = await control(emulator, 'users', asked);
    for (const account of accounts) out.write(`${JSON.stringify(account)}\n`);
  }
  out.end();
  await finished(out);
}

async function child(command, args) {
  const started = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let out = '';
  started.stdout.on('data', (piece) => (out += piece));
  const code = await new Promise((resolve) => started.once('close', resolve));
  if (code !== 0) throw new StepFailed(`${args[0]} exited with ${code}; see above.`);
  return JSON.parse(out.trim().split('\n').at(-1));
}

/** Runs `work` with an emulator without rate limits, so that the client is the bottleneck. */
async function withUsers(count, work) {
  const emulator = await startEmulator();
  const folder = await mkdtemp(join(tmpdir(), 'toklink-sweep-'));
  const file = join(folder, 'accounts.jsonl');
  try {
    await control(emulator, 'limits', { on: false });
    await seed(emulator, file, count);
    return await work({ file, folder, baseUrl: emulator.baseUrl });
  } finally {
    await emulator.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Collects the metrics of all accounts with toklink, with a store in memory or in SQLite. */
async function sweep({ baseUrl, file, folder }, kind, count, profile = 'bench') {
  // With all packages, the dev profile reuses the dependencies that `cargo test --workspace` builds.
  const program = ['bench', '--quiet', '--profile', profile, profile === 'dev' ? '--workspace' : '-ptoklink', '--bench', 'sweep'];
  await run('sweep program', ['cargo', ...program, '--no-run']);
  const store = kind === 'memory' ? 'memory' : join(folder, 'toklink.db');
  const report = await child('cargo', [...program, '--', baseUrl, file, store]);
  if (report.collected !== count || report.failed > 0) throw new StepFailed(`toklink did not collect all accounts: ${JSON.stringify(report)}`);
  return report;
}

const line = (what, count, { seconds, cpuSeconds, aboveMib }) =>
  `${what.padEnd(34)}${(count / cpuSeconds).toFixed(0).padStart(7)} accounts per CPU second, ${(count / seconds).toFixed(0)} a second` +
  (aboveMib === undefined ? '' : `, ${aboveMib.toFixed(1)} MiB above idle`);

/** Prints the accounts per CPU second of toklink and of fetch, and their ratio. */
export async function benchSweep(count) {
  await withUsers(count, async (users) => {
    const ours = await sweep(users, 'memory', count);
    const theirs = await child(process.execPath, [PEER, users.baseUrl, users.file]);
    if (theirs.collected !== count) throw new StepFailed(`The peer collected ${theirs.collected} of ${count}.`);
    const disk = await sweep(users, 'sqlite', count);
    console.log(line(`sweep of ${count} accounts`, count, ours));
    console.log(line('the same in JavaScript with fetch', count, theirs));
    console.log(line('toklink on SQLite', count, disk));
    console.log(`ratio of accounts per CPU second ${(theirs.cpuSeconds / ours.cpuSeconds).toFixed(2)}`);
  });
}

/** Collects the metrics of `count` accounts. Checks that all of them are read and that memory use stays low. */
export async function trySweep(count) {
  const report = await withUsers(count, (users) => sweep(users, 'sqlite', count, 'dev'));
  console.log(`${report.collected} accounts, ${report.aboveMib.toFixed(1)} MiB above idle`);
  if (report.aboveMib > MOST_MIB) throw new StepFailed(`More than ${MOST_MIB} MiB above idle.`);
}

/**
 * Collects the metrics of a small and a large number of accounts. Checks that the time grows in proportion and that memory use
 * stays constant.
 */
export async function proveSweep(few, many) {
  const report = [];
  for (const count of [few, many]) {
    const one = await withUsers(count, (users) => sweep(users, 'sqlite', count));
    console.log(line(`sweep of ${count} accounts`, count, one));
    report.push(one);
  }
  const [small, large] = report;
  const growth = large.cpuSeconds / small.cpuSeconds / (many / few);
  console.log(`CPU time per account: ${growth.toFixed(2)} times that of the small sweep`);
  if (growth > 1.5) throw new StepFailed('The time grows faster than the number of accounts.');
  if (large.aboveMib > small.aboveMib + MOST_MIB) throw new StepFailed('Memory grows with the number of accounts.');
}
