// npm run prove: the long proofs. `npm run prove -- --short` runs the short round of each, as npm test does;
// `npm run prove -- NAME...` runs some.

import { run, StepFailed } from './lib/run.mjs';
import { fuzz } from './lib/fuzz.mjs';
import { publishFence } from './lib/publish-fence/index.mjs';
import { proveSweep, trySweep } from './lib/sweep-bench.mjs';
import { refreshRace } from './lib/refresh-race.mjs';
import { ensureRedis } from './lib/redis.mjs';
import { setUpDashboard, setUpToklink } from './lib/setup.mjs';

/**
 * Each proof by name: what it shows, and how its rounds are run. A proof whose short round is a test of `cargo test` has
 * no `short` of its own.
 *
 * @type {Record<string, { what: string, linuxOnly?: boolean, short?: () => Promise<unknown>, long: () => Promise<unknown> }>}
 */
const PROOFS = {
  memory: {
    what: 'memory is flat to TikTok\'s largest file',
    long: () => {
      const sizes = ['1073741824', '4000000000'];
      return run('memory of 1 GiB and 4 GB', [process.execPath, 'scripts/memory.mjs', ...sizes], { show: /MiB/ });
    },
  },
  'memory-stream': {
    what: 'memory is flat for a stream and for a relay, of which one chunk is kept',
    long: async () => {
      for (const kind of ['stream', 'relay']) {
        await run(`memory of 1 GiB from a ${kind}`, [process.execPath, 'scripts/memory.mjs', `--${kind}`, '1073741824'], { show: /MiB/ });
      }
    },
  },
  'emulator-bytes': {
    what: 'any bytes get an answer in TikTok\'s shape, and nothing stops the emulator',
    long: () =>
      run('20,000 hostile requests', ['cargo', 'test', '-p', 'toklink-emulator', '--test', 'conformance', 'hostile'], {
        env: { PROPTEST_CASES: '20000' },
      }),
  },
  'refresh-race': {
    what: 'four processes of 250 callers on one expired account: one refresh, and everyone is served',
    short: () => refreshRace({ rounds: 20 }),
    long: () => refreshRace({ rounds: 1000 }),
  },
  'quota-oracle': {
    what: 'the limiter and a log of every request agree on ten million operations of several threads',
    long: () => {
      const command = ['cargo', 'test', '--quiet', '-p', 'toklink', '--test', 'quota', '--', '--nocapture'];
      return run('quota oracle', command, { env: { QUOTA_ORACLE_OPERATIONS: '10000000' }, show: /operations of/ });
    },
  },
  'quota-redis': {
    what: 'four processes and a log of every answer agree on 100,000 operations on Redis; killed and restarted, it breaks no window',
    long: async () => {
      await ensureRedis();
      const command = ['cargo', 'test', '--quiet', '-p', 'toklink', '--lib', 'quota::shared', '--', '--nocapture'];
      await run('four processes on Redis', command, { env: { QUOTA_REDIS_OPERATIONS: '100000' }, show: /violations/ });
    },
  },
  sweep: {
    what: 'the figures of 100,000 accounts take ten times as long as those of 10,000, and no more memory',
    short: () => trySweep(1000),
    long: () => proveSweep(10_000, 100_000),
  },
  kills: {
    what: 'a process that dies at any step of a refresh loses no connection without saying so',
    long: () => {
      const command = ['cargo', 'test', '--quiet', '-p', 'toklink', '--test', 'kill', '--', 'refresh', '50'];
      return run('50 kills at each step of a refresh', command, { show: /^[a-z_()]+ .*\d+$|^killed at|^lost/ });
    },
  },
  'publish-kills': {
    what: 'a process that dies anywhere in a publish posts nothing twice and loses nothing without a word',
    long: () => {
      const command = ['cargo', 'test', '--quiet', '-p', 'toklink', '--test', 'kill', '--', 'publish', '120'];
      return run('a kill at every point of a publish', command, { show: /^[a-z]+ .*\d+$|^published|publishes killed/ });
    },
  },
  'publish-fence': {
    what: 'processes that are suspended at any step of a publish and wake late post once per key, whatever leases and clocks say',
    // It suspends processes and finds their connections by way of /proc.
    linuxOnly: true,
    short: () => publishFence({ long: false }),
    long: () => publishFence({ long: true }),
  },
  'fault-schedules': {
    what: 'whatever fails and dies, one post of the very bytes comes of one key',
    long: () =>
      run('240 seeded schedules of faults and deaths', ['cargo', 'test', '--test', 'behavior', 'schedules'], {
        env: { TOKLINK_SCHEDULES: '240' },
        show: /test result/,
      }),
  },
  resume: {
    what: 'after kill -9 in the middle of 500 MB at most one chunk is sent again',
    long: async () => {
      const command = [process.execPath, 'scripts/resume.mjs'];
      await run('kill -9 in the middle of 500 MB, on SQLite', command, { show: /sent again/ });
      await setUpDashboard();
      await run('the same with Prisma on PostgreSQL', [...command, '--postgres'], { show: /sent again/ });
    },
  },
  'fuzz-c': {
    what: 'ten million calls of the C library with any arguments, in any order, are answered as its header says',
    long: () => {
      const command = ['cargo', 'test', '--quiet', '-p', 'toklink-c-fuzz', '--', '--nocapture'];
      return run('any calls of the C library', command, { env: { TOKLINK_C_INPUTS: '100000' }, show: /calls of/ });
    },
  },
  'fuzz-probe': { what: 'no file makes the probe panic, hang or grow', long: () => fuzz('probe') },
  'fuzz-webhook-header': {
    what: 'no header passes for a signature but the secret\'s own',
    long: () => fuzz('webhook-header'),
  },
  'fuzz-webhook-body': { what: 'no signed body makes the reader of webhooks panic', long: () => fuzz('webhook-body') },
};

/** Runs the proofs one after the other; answers the names of those that failed. */
export async function prove({ short, names = Object.keys(PROOFS) }) {
  const failed = [];
  for (const name of names) {
    const proof = PROOFS[name];
    const round = short ? proof.short : proof.long;
    if (round === undefined) continue;
    if (proof.linuxOnly && process.platform !== 'linux') {
      console.log(`Not run here: ${name} (it needs Linux).`);
      continue;
    }
    console.log(`${name}: ${proof.what}`);
    try {
      await round();
    } catch (error) {
      if (!(error instanceof StepFailed)) throw error;
      console.error(`  ${error.message}`);
      failed.push(name);
    }
  }
  return failed;
}

async function main(words) {
  const short = words.includes('--short');
  const asked = words.filter((word) => word !== '--short');
  const unknown = asked.filter((name) => !(name in PROOFS));
  if (unknown.length > 0) {
    throw new StepFailed(`No such proof: ${unknown.join(', ')}. There are ${Object.keys(PROOFS).join(', ')}.`);
  }
  await setUpToklink();
  const failed = await prove({ short, names: asked.length > 0 ? asked : undefined });
  if (failed.length > 0) throw new StepFailed(`Not proven: ${failed.join(', ')}.`);
}

if (import.meta.main ?? process.argv[1] === import.meta.filename) {
  main(process.argv.slice(2)).catch((error) => {
    console.error(error instanceof StepFailed ? `\n${error.message}` : error);
    process.exit(1);
  });
}
