// Several processes with many callers each use one expired account in each round. Checks the requests that TikTok
// received and the results of all callers. The processes run through all rounds; between rounds, the emulator's clock
// advances past the expiry of the token.

import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline';
import { clientOptions, connect } from './account.mjs';
import { ROOT } from './paths.mjs';
import { StepFailed } from './run.mjs';
import { emulatorEnv, startEmulator } from './service.mjs';
import { setUpDashboard } from './setup.mjs';

const PROCESSES = 4;
const CALLERS = 250;
/** Lifetime of TikTok's access tokens: two hours (docs/tiktok-api.md 2.2). */
const LIFETIME_MS = 7_200_000;
const KEY = randomBytes(32).toString('hex');

/** Returns a generator of reproducible numbers from 0 to 1 (mulberry32). */
function numbers(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A process that reads commands, one per line, and responds to each with one line. */
class Racer {
  #child;
  #answers;

  constructor([program, ...args], env) {
    this.#child = spawn(program, args, { cwd: ROOT, env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'inherit'] });
    this.#answers = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  tell(order) {
    this.#child.stdin.write(`${JSON.stringify(order)}\n`);
  }

  async answer() {
    const { done, value } = await this.#answers.next();
    if (done) throw new StepFailed('a process exited during a round.');
    return value;
  }

  async stop() {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.stdin.end();
    await ended;
  }
}

/**
 * Functions of one kind of store: start its processes, connect the account with a client here, expire its token, and expire a
 * held lease once it exists (returns the number of expired leases).
 *
 * @typedef {object} Arena
 * @property {string} name
 * @property {string[]} worker
 * @property {string} store what the processes open
 * @property {object} clientStore what `new Client` opens
 * @property {string} tenant
 * @property {string} userId
 * @property {(race: { racers: Racer[], aheadMs: number, round: number }) => Promise<void>} expire
 * @property {(race: { racers: Racer[], aheadMs: number }) => Promise<number>} endLease
 */

/** Returns the token requests since the previous call, oldest first. */
function tokenRequests(emulator) {
  let seen = 0;
  return async () => {
    const { requests } = await emulator.requests();
    const fresh = requests.filter(({ seq, endpoint }) => seq > seen && endpoint === 'token');
    seen = requests.at(-1)?.seq ?? seen;
    return { sent: fresh.length, rotated: fresh.filter(({ status, error_code }) => status === 200 && !error_code).length };
  };
}

/** Runs the race on both stores: first undisturbed, then with a lease that expires during each round. */
export async function refreshRace({ rounds, seed = Date.now() % 2 ** 32 }) {
  await setUpDashboard();
  // Imported here, because they need packages that the setup installs.
  const { onSqlite } = await import('./refresh-race-sqlite.mjs');
  const { onPostgres } = await import('./refresh-race-postgres.mjs');
  for (const inArena of [onSqlite, onPostgres]) {
    for (const ending of [false, true]) await inArena((arena) => race(arena, { rounds, ending, seed }));
  }
}

/** Runs `rounds` rounds on this store. With `ending`, a lease expires during each round. Throws at the first wrong result. */
export async function race(arena, { rounds, ending, seed }) {
  const { Client } = await import('toklink');
  const emulator = await startEmulator(0, ['--no-limits']);
  const random = numbers(seed);
  const racers = [];
  const total = { served: 0, sent: 0, rotated: 0, ended: 0, slowest: 0 };
  const began = performance.now();
  try {
    const client = new Client({ ...clientOptions(emulator.baseUrl, KEY), store: arena.clientStore });
    const { account } = await connect(client, { tenant: arena.tenant, userId: arena.userId });
    await client.close();
    const env = {
      ...emulatorEnv(emulator.baseUrl),
      TOKEN_ENCRYPTION_KEY: KEY,
      RACE_STORE: arena.store,
      RACE_TENANT: arena.tenant,
      RACE_ACCOUNT: account.accountId,
    };
    for (let n = 0; n < PROCESSES; n++) racers.push(new Racer(arena.worker, env));
    for (const racer of racers) await racer.answer();
    const look = tokenRequests(emulator);
    await look();
    let aheadMs = 0;
    for (let round = 1; round <= rounds; round++) {
      await emulator.advance(LIFETIME_MS + 1000);
      aheadMs += LIFETIME_MS + 1000;
      // The lease must expire while its owner waits for TikTok, and the other processes need time to detect the expiry.
      const delays = ending ? [350 + 250 * random(), 300 * random()] : [120 * random()];
      await emulator.faults(delays.map((delay, at) => ({ endpoint: 'token', nth: at + 1, delay_ms: Math.round(delay) })));
      await arena.expire({ racers, aheadMs, round });
      const start = performance.now();
      for (const racer of racers) racer.tell({ callers: CALLERS });
      const answers = racers.map((racer) => racer.answer());
      let ended = 0;
      if (ending) {
        await pause(20 + 200 * random());
        ended = await arena.endLease({ racers, aheadMs });
      }
      const results = (await Promise.all(answers)).map((line) => JSON.parse(line));
      const { sent, rotated } = await look();
      const served = results.reduce((sum, result) => sum + result.served, 0);
      judge({ seed, round, served, sent, rotated, ended, refused: results.map((result) => result.refused) });
      total.slowest = Math.max(total.slowest, performance.now() - start);
      total.served += served;
      total.sent += sent;
      total.rotated += rotated;
      total.ended += ended;
    }
    if (ending && total.ended < rounds / 2) throw new StepFailed(`only ${total.ended} leases ended early in ${rounds} rounds.`);
    const seconds = ((performance.now() - began) / 1000).toFixed(0);
    console.log(
      `    ${arena.name}${ending ? ' with early lease ends' : ''}: ${rounds} rounds of ${PROCESSES} x ${CALLERS} callers in ${seconds} s: ` +
        `${total.sent} refresh requests, ${total.rotated} rotations, ${total.ended} leases ended early, ` +
        `${total.served} of ${rounds * PROCESSES * CALLERS} callers served, slowest round ${total.slowest.toFixed(0)} ms (seed ${seed})`,
    );
  } finally {
    for (const racer of racers) await racer.stop();
    await emulator.stop();
  }
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Checks that all callers received the single new token of this round. */
function judge({ seed, round, served, sent, rotated, ended, refused }) {
  const said = `seed ${seed}, round ${round}: ${sent} refresh requests, ${rotated} rotations, ${ended} leases ended early, ${served} callers served`;
  if (served !== PROCESSES * CALLERS) throw new StepFailed(`${said}; the others: ${JSON.stringify(refused)}`);
  if (rotated !== 1) throw new StepFailed(`${said}; there must be exactly one rotation.`);
  if (sent > 1 + ended) throw new StepFailed(`${said}; at most one request is allowed, and one more for each expired lease.`);
}
