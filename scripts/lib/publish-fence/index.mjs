// Several real processes publish under one idempotency key. One process is suspended at a step of its publish while others run.
// Later it is resumed or killed, or its connection is broken. In the end, TikTok must have at most one post.

import { randomBytes } from 'node:crypto';
import { setUpDashboard } from '../setup.mjs';
import { StepFailed } from '../run.mjs';
import { clocks } from '../faketime.mjs';
import { Gate } from './gate.mjs';
import { judge } from './judge.mjs';
import { openMedia } from './media.mjs';
import { Publisher } from './process.mjs';
import { afterAll, nameOf, schedulesOf } from './schedules.mjs';
import { emulatorEnv, startEmulator } from '../service.mjs';

/** Longer than the one-hour lifetime of an upload URL (docs/tiktok-api.md 5.3). */
const URL_EXPIRY_MS = 3_660_000;
/**
 * Negative by more than the processing time of a post, so that TikTok has processed a post when it is first queried.
 */
const PROCESSING_DELAY_MS = -10_000;
const KEY = randomBytes(32).toString('hex');

/**
 * One kind of store, and the processes that use it.
 *
 * @typedef {object} Arena
 * @property {string} name
 * @property {boolean} canLackLeases whether processes can run without shared leases
 * @property {(emulator: object, encryptionKey: string) => Promise<{ account: object, store: string, remove: () => Promise<void> }>} connect
 * @property {(job: object) => string[]} command the command of the process that runs a job
 */

/** Runs the schedules on both kinds of store at the same time. */
export async function publishFence({ long, seed = Date.now() % 2 ** 32 }) {
  await setUpDashboard();
  // Imported here, because these modules load packages that the setup installs.
  const { onSqlite, onPostgres } = await import('./arenas.mjs');
  const faulty = (await Promise.all([onSqlite, onPostgres].map((inArena) => inArena((arena) => play(arena, { long, seed }))))).flat();
  if (faulty.length > 0) throw new StepFailed(`${faulty.length} schedules failed (seed ${seed}).`);
}

/** Runs all schedules in this arena and returns the failed ones. */
async function play(arena, { long, seed }) {
  const schedules = schedulesOf({ long, seed, canLackLeases: arena.canLackLeases });
  const faketime = await clocks();
  const emulator = await startEmulator(0, ['--no-limits']);
  const media = await openMedia();
  const gate = await Gate.open(emulator.baseUrl);
  const counts = { one: 0, doubled: 0, lost: 0, unclear: 0, conflicts: 0 };
  const failed = [];
  const began = performance.now();
  try {
    await emulator.settings({ pull_from: media.url, processing_delay_ms: PROCESSING_DELAY_MS });
    for (const [number, schedule] of schedules.entries()) {
      const { verdict, faults, conflicts, ends } = await playOne({ arena, emulator, media, gate, faketime, number }, schedule);
      if (verdict !== null) counts[verdict]++;
      counts.conflicts += conflicts;
      if (faults.length === 0) continue;
      failed.push(schedule);
      console.error(`    ${arena.name}, ${nameOf(schedule)}: ${faults.join('; ')}\n      ${ends.join('\n      ')}`);
    }
  } finally {
    await gate.close();
    await media.close();
    await emulator.stop();
  }
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  console.log(
    `    ${arena.name}: ${schedules.length} schedules in ${seconds} s: ${counts.one} with one post, ${counts.unclear} with an unknown outcome and no post, ` +
      `${counts.doubled} with two or more posts, ${counts.lost} lost, ${failed.length} failed; ${counts.conflicts} processes stopped because another owned the publish (seed ${seed})`,
  );
  return failed;
}

/**
 * Runs one schedule and checks the result. A schedule that cannot run counts as failed and does not stop the other
 * schedules.
 */
async function playOne(stage, schedule) {
  try {
    return await playToItsEnd(stage, schedule);
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error;
    return { verdict: null, faults: [error.message], conflicts: 0, ends: [] };
  }
}

async function playToItsEnd({ arena, emulator, media, gate, faketime, number }, schedule) {
  const { account, store, remove } = await arena.connect(emulator, KEY);
  const before = (await emulator.state()).posts.length;
  const requestsBefore = (await emulator.requests()).requests.at(-1)?.seq ?? 0;
  const title = `schedule ${number}`;
  const job = { store, account, kind: schedule.kind, leases: schedule.leases, key: title, title, ...media.of(schedule.kind) };
  const start = (aheadMs, resume = false) => {
    const own = { ...job, resume };
    const env = { ...emulatorEnv(gate.url), TOKEN_ENCRYPTION_KEY: KEY, FENCE_JOB: JSON.stringify(own), ...faketime(aheadMs) };
    return new Publisher(arena.command(own), env, gate);
  };
  const publishers = [];
  const done = [];
  try {
    for (const { who, until, how } of schedule.turns) {
      const isNew = publishers[who] === undefined;
      const publisher = (publishers[who] ??= start(schedule.clocks[who], who === 1 && schedule.resumes === true));
      if (isNew) {
        const reached = await publisher.run(until);
        if (done.length === 0 && !reached) throw new StepFailed(`the first process never reached ${until}: ${JSON.stringify(publisher.end)}`);
      } else if (publisher.isSuspended) {
        await publisher[how](until);
      }
      done.push(who);
      if (done.length === 1 && schedule.meddle !== null) await meddle(emulator, schedule.meddle, before);
    }
    const last = start(afterAll(schedule));
    await last.run(null);
    const { posts } = await emulator.state();
    const { requests } = await emulator.requests();
    const inits = requests.filter(({ seq, endpoint, status }) => seq > requestsBefore && /_init$/.test(endpoint) && status === 200).length;
    const ends = publishers.map((publisher) => publisher.end);
    return judge(schedule, { ends, again: last.end, posts: posts.slice(before), inits, sha256: media.sha256Of(schedule.kind) });
  } finally {
    for (const publisher of publishers) if (publisher.end === null) await publisher.kill();
    await remove();
  }
}

/** Intervenes while the first process is suspended: the upload URL expires, or TikTok rejects the task. */
async function meddle(emulator, what, before) {
  if (what === 'expire') {
    await emulator.advance(URL_EXPIRY_MS);
    return;
  }
  const { posts } = await emulator.state();
  for (const { publish_id } of posts.slice(before)) await emulator.act({ kind: 'fail_post', publish_id, reason: 'spam_risk' });
}
