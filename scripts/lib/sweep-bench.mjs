// Sweeps of many accounts against the emulator, each in a process of its own: toklink's, and the same on fetch.

import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { run, StepFailed } from './run.mjs';
import { startEmulator } from './service.mjs';

const AT_ONCE = 5000;
const VIDEOS = 3;
/** What a sweep may take beside what the store holds anyway. */
const MOST_MIB = 16;
const PEER = fileURLToPath(new URL('./sweep-peer.mjs', import.meta.url));

async function control(emulator, name, body) {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${emulator.baseUrl}/_emulator/${name}`, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new StepFailed(`The emulator refused ${name}: ${await answer.text()}`);
  return answer.json();
}

/** Makes so many users with tokens; writes an account a line. */
async function seed(emulator, file, count) {
  const out = createWriteStream(file);
  for (let made = 0; made < count; made += AT_ONCE) {
    const asked = { client_key: 'awtoklinkemu0001', count: Math.min(AT_ONCE, count - made), videos: VIDEOS };
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
  if (code !== 0) throw new StepFailed(`${args[0]} ended with ${code}; see above.`);
  return JSON.parse(out.trim().split('\n').at(-1));
}

/** Runs `work` with an emulator that sets no limits, so that the sweeper is what is measured. */
async function onCrowd(count, work) {
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

/** toklink's sweep of all accounts of `crowd`, kept in memory or in SQLite. */
async function sweep({ baseUrl, file, folder }, kind, count, profile = 'bench') {
  const program = ['bench', '--quiet', '--profile', profile, '-p', 'toklink', '--bench', 'sweep'];
  await run('sweep program', ['cargo', ...program, '--no-run']);
  const place = kind === 'memory' ? 'memory' : join(folder, 'toklink.db');
  const told = await child('cargo', [...program, '--', baseUrl, file, place]);
  if (told.collected !== count || told.failed > 0) throw new StepFailed(`Not all were collected: ${JSON.stringify(told)}`);
  return told;
}

const line = (what, count, { seconds, cpuSeconds, aboveMib }) =>
  `${what.padEnd(34)}${(count / cpuSeconds).toFixed(0).padStart(7)} accounts per CPU second, ${(count / seconds).toFixed(0)} a second` +
  (aboveMib === undefined ? '' : `, ${aboveMib.toFixed(1)} MiB above idle`);

/** Prints accounts per CPU second of both, and the ratio. */
export async function benchSweep(count) {
  await onCrowd(count, async (crowd) => {
    const ours = await sweep(crowd, 'memory', count);
    const theirs = await child(process.execPath, [PEER, crowd.baseUrl, crowd.file]);
    if (theirs.collected !== count) throw new StepFailed(`The peer collected ${theirs.collected} of ${count}.`);
    const disk = await sweep(crowd, 'sqlite', count);
    console.log(line(`sweep of ${count} accounts`, count, ours));
    console.log(line('the same in JavaScript on fetch', count, theirs));
    console.log(line('toklink on SQLite', count, disk));
    console.log(`ratio of accounts per CPU second ${(theirs.cpuSeconds / ours.cpuSeconds).toFixed(2)}`);
  });
}

/** Sweeps some: every one of them, and in little memory. */
export async function trySweep(count) {
  const told = await onCrowd(count, (crowd) => sweep(crowd, 'sqlite', count, 'dev'));
  console.log(`${told.collected} accounts, ${told.aboveMib.toFixed(1)} MiB above idle`);
  if (told.aboveMib > MOST_MIB) throw new StepFailed(`More than ${MOST_MIB} MiB above idle.`);
}

/** Sweeps few and many: time in proportion, memory flat. */
export async function proveSweep(few, many) {
  const told = [];
  for (const count of [few, many]) {
    const one = await onCrowd(count, (crowd) => sweep(crowd, 'sqlite', count));
    console.log(line(`sweep of ${count} accounts`, count, one));
    told.push(one);
  }
  const [small, large] = told;
  const growth = large.cpuSeconds / small.cpuSeconds / (many / few);
  console.log(`CPU time for each account ${growth.toFixed(2)} times that of the small sweep`);
  if (growth > 1.5) throw new StepFailed('The time grows faster than the accounts.');
  if (large.aboveMib > small.aboveMib + MOST_MIB) throw new StepFailed('Memory grows with the accounts.');
}
