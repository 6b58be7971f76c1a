// npm run prove: runs the long proofs. `npm run prove -- --short` runs the short round of each proof, as npm test does.
// `npm run prove -- NAME...` runs only the named proofs.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run, StepFailed } from './lib/run.mjs';
import { fuzz } from './lib/fuzz.mjs';
import { chromium } from './lib/chromium.mjs';
import { EMULATOR, XTASK } from './lib/paths.mjs';
import { startPostgres } from './lib/postgres.mjs';
import { publishFence } from './lib/publish-fence/index.mjs';
import { proveSweep, trySweep } from './lib/sweep-bench.mjs';
import { refreshRace } from './lib/refresh-race.mjs';
import { ensureRedis } from './lib/redis.mjs';
import { setUpDashboard, setUpToklink } from './lib/setup.mjs';

/**
 * Proofs by name: the claim, and the commands of its rounds. A proof whose short round is part of `cargo test` has no `short`.
 *
 * @type {Record<string, { what: string, linuxOnly?: boolean, short?: () => Promise<unknown>, long: () => Promise<unknown> }>}
 */
const PROOFS = {
  memory: {
    what: 'memory stays constant up to the largest file that TikTok accepts',
    long: () => {
      const sizes = ['1073741824', '4000000000'];
      return run('memory of 1 GiB and 4 GB', [process.execPath, 'scripts/memory.mjs', ...sizes], { show: /MiB/ });
    },
  },
  'memory-stream': {
    what: 'memory stays constant for a stream and for a relay, which keep one chunk',
    long: async () => {
      for (const kind of ['stream', 'relay']) {
        await run(`memory of 1 GiB from a ${kind}`, [process.execPath, 'scripts/memory.mjs', `--${kind}`, '1073741824'], { show: /MiB/ });
      }
    },
  },
  'emulator-bytes': {
    what: 'any bytes get a response in TikTok\'s format, and the emulator keeps running',
    long: () =>
      run('20,000 hostile requests', ['cargo', 'test', '-p', 'toklink-emulator', '--test', 'conformance', 'hostile'], {
        env: { PROPTEST_CASES: '20000' },
      }),
  },
  'refresh-race': {
    what: 'four processes of 250 callers on one expired account: one refresh serves all callers',
    short: () => refreshRace({ rounds: 20 }),
    long: () => refreshRace({ rounds: 1000 }),
  },
  'quota-oracle': {
    what: 'the limiter agrees with a log of every request on ten million operations in several threads',
    long: () => {
      const command = ['cargo', 'test', '--quiet', '-p', 'toklink', '--test', 'quota', '--', '--nocapture'];
      return run('quota oracle', command, { env: { QUOTA_ORACLE_OPERATIONS: '10000000' }, show: /operations of/ });
    },
  },
  'quota-redis': {
    what: 'four processes agree with a log of every reply on 100,000 Redis operations; no limit is exceeded when Redis is killed and restarted',
    long: async () => {
      await ensureRedis();
      const command = ['cargo', 'test', '--quiet', '-p', 'toklink', '--lib', 'quota::redis', '--', '--nocapture'];
      await run('four processes on Redis', command, { env: { QUOTA_REDIS_OPERATIONS: '100000' }, show: /violations/ });
    },
  },
  sweep: {
    what: 'collecting metrics of 100,000 accounts takes ten times as long as of 10,000 accounts, with the same memory',
    short: () => trySweep(1000),
    long: () => proveSweep(10_000, 100_000),
  },
  kills: {
    what: 'a process that dies at any step of a refresh never loses an account silently',
    long: () => {
      const command = ['cargo', 'test', '--quiet', '-p', 'toklink', '--test', 'kill', '--', 'refresh', '50'];
      return run('50 kills at each step of a refresh', command, { show: /^[a-z_()]+ .*\d+$|^killed at|^lost/ });
    },
  },
  'publish-kills': {
    what: 'a process that dies anywhere in a publish never posts twice and never loses a post silently',
    long: () => {
      const command = ['cargo', 'test', '--quiet', '-p', 'toklink', '--test', 'kill', '--', 'publish', '120'];
      return run('a kill at every point of a publish', command, { show: /^[a-z]+ .*\d+$|^published|publishes killed/ });
    },
  },
  'publish-fence': {
    what: 'processes that are suspended at any step of a publish and resumed late post once per key, with any leases and clocks',
    // This proof suspends processes and finds their connections in /proc.
    linuxOnly: true,
    short: () => publishFence({ long: false }),
    long: () => publishFence({ long: true }),
  },
  'fault-schedules': {
    what: 'one idempotency key produces one post with exactly its bytes, whatever fails',
    long: () =>
      run('240 seeded schedules of faults and kills', ['cargo', 'test', '--test', 'behavior', 'schedules'], {
        env: { TOKLINK_SCHEDULES: '240' },
        show: /test result/,
      }),
  },
  resume: {
    what: 'after kill -9 in the middle of a 500 MB upload, at most one chunk is sent again',
    long: async () => {
      const command = [process.execPath, 'scripts/resume.mjs'];
      await run('kill -9 in the middle of 500 MB, on SQLite', command, { show: /sent again/ });
      await setUpDashboard();
      await run('the same with Prisma on PostgreSQL', [...command, '--postgres'], { show: /sent again/ });
    },
  },
  'fuzz-c': {
    what: 'ten million calls of the C library with any arguments, in any order, with a connected account, return what the header documents',
    // AddressSanitizer for Rust requires Linux. The short round is part of `xtask test-c`.
    linuxOnly: true,
    long: async () => {
      await run('any calls of the C library', [XTASK, 'fuzz-c'], { show: /calls of/ });
      await run('the same with AddressSanitizer', [XTASK, 'fuzz-c', '--sanitize'], { show: /calls of/ });
    },
  },
  'dashboard-postgres': {
    what: 'every dashboard feature works on a PostgreSQL server as it does on the embedded database',
    long: async () => {
      await setUpDashboard();
      const postgres = await startPostgres();
      try {
        const env = { TOKLINK_EMULATOR: EMULATOR, CHROMIUM_PATH: await chromium(), E2E_POSTGRES: postgres.url };
        await run('features on PostgreSQL', ['npm', 'run', 'test:e2e', '--', '--project=features'], { env, show: /^\s*\d+ (passed|failed)/ });
      } finally {
        await postgres.stop();
      }
    },
  },
  'react-18': {
    what: 'toklink/react behaves the same on React 18 and React 19',
    long: async () => {
      const env = { TOKLINK_EMULATOR: EMULATOR, CHROMIUM_PATH: await chromium(), REACT_18: 'all' };
      const command = ['npx', '--no-install', 'playwright', 'test', '-c', 'tests/react', '--project=react-18'];
      await run('React components on React 18', command, { env, show: /^\s*\d+ (passed|failed)/ });
    },
  },
  'c-package': {
    what: 'the C library of a release contains no path of the build machine, and can be moved',
    long: async () => {
      const prefix = await mkdtemp(join(tmpdir(), 'toklink-c-package-'));
      try {
        await run('the C library of a release', [XTASK, 'install', '--profile', 'dist', '--prefix', prefix], { show: /files below/ });
      } finally {
        await rm(prefix, { recursive: true, force: true });
      }
    },
  },
  'fuzz-probe': { what: 'no file makes the probe panic, hang or exceed its memory limit', long: () => fuzz('probe') },
  'fuzz-webhook-header': {
    what: 'only signatures with the correct secret are accepted',
    long: () => fuzz('webhook-header'),
  },
  'fuzz-webhook-body': { what: 'no signed body makes the webhook parser panic', long: () => fuzz('webhook-body') },
};

/** Runs the proofs one after another. Returns the names of the failed ones. */
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
    throw new StepFailed(`Unknown proof: ${unknown.join(', ')}. Use one of ${Object.keys(PROOFS).join(', ')}.`);
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
