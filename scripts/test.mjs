// npm test: sets everything up, then runs all checks of the project. `node scripts/test.mjs NAME...` runs only the
// named suites.

import { advisories } from './lib/advisories.mjs';
import { chromium } from './lib/chromium.mjs';
import { installOnDebian } from './lib/debian.mjs';
import { realVideos } from './lib/ffmpeg.mjs';
import { nodeVersions } from './lib/node-versions.mjs';
import { checkAppBefore, setUpHostApp } from './lib/host-app.mjs';
import { DASHBOARD, EMULATOR, XTASK } from './lib/paths.mjs';
import { run, StepFailed } from './lib/run.mjs';
import { ensureRedis } from './lib/redis.mjs';
import { runSuites } from './lib/schedule.mjs';
import { scanForSecrets } from './lib/secrets.mjs';
import { setUpDashboard, setUpToklink } from './lib/setup.mjs';
import { thirdParty } from './lib/third-party.mjs';
import { prove } from './prove.mjs';

const RESULTS = /^\s*(test result:|Tests |Test Files |\d+ passed|Summary)/;
const vitest = (folder) => ['npx', '--no-install', 'vitest', 'run', '-c', `${folder}/vitest.config.ts`];
const xtask = (...args) => [XTASK, ...args];

/** The resource of suites that build with cargo, because cargo locks its output folder. */
const CARGO = 'cargo';
/** The resource of suites that use the dashboard's folder, build or database. */
const THE_DASHBOARD = 'dashboard';

/**
 * Programs that are also built individually, to check that their own dependencies and features suffice. The other
 * builds select all packages, whose features cargo merges.
 */
const ALONE = ['toklink-c', 'toklink-emulator', 'toklink-node', 'xtask'];

const env = { TOKLINK_EMULATOR: EMULATOR };
/** For suites that use the programs of the setup. */
const built = { env: { TOKLINK_BUILT: '1' } };
const e2e = ['npm', 'run', 'test:e2e'];
const browserEnv = async () => ({ ...env, CHROMIUM_PATH: await chromium() });

/** Suites by name, in start order. The longest suites start first, because the last suite to start runs alone at the end. */
const SUITES = {
  format: { run: () => run('format', ['cargo', 'fmt', '--all', '--check']) },
  prose: { run: () => run('rules of docs/style.md', [process.execPath, 'scripts/prose.mjs'], { show: /violations left/ }) },
  messages: { run: () => run('tests/messages.snap', [process.execPath, 'scripts/messages.mjs'], { show: /as recorded/ }) },
  errors: { run: () => run('docs/ERRORS.md', [process.execPath, 'scripts/errors.mjs', '--check']) },
  c: {
    run: async () => {
      await installOnDebian('clang', 'cmake', 'gcc', 'g++', 'pkg-config', 'valgrind');
      await run('C and C++', xtask('test-c'), { ...built, show: /passed|ok$|^ +[\d.]+ s {2}/ });
      await run('C examples, installed', xtask('test-examples'), { ...built, show: /passed$|^ +[\d.]+ s {2}/ });
    },
  },
  lint: { uses: CARGO, run: () => run('lint', ['cargo', 'clippy', '--workspace', '--all-targets', '--', '-D', 'warnings']) },
  dashboard: {
    uses: THE_DASHBOARD,
    run: async () => {
      await setUpDashboard();
      await run('dashboard types', ['npm', 'run', 'typecheck'], { cwd: DASHBOARD });
    },
  },
  browser: {
    uses: THE_DASHBOARD,
    run: async () => {
      await setUpDashboard();
      await run('browser tests', e2e, { env: await browserEnv(), show: RESULTS });
    },
  },
  rust: {
    uses: CARGO,
    run: async () => {
      await ensureRedis();
      await run('rust tests', ['cargo', 'test', '--workspace', '--', '--show-output'], { show: RESULTS });
    },
  },
  react: {
    run: async () => {
      const show = /^\s*\d+ (passed|failed)|gzipped/;
      await run('React components', ['npx', '--no-install', 'playwright', 'test', '-c', 'tests/react'], { env: await browserEnv(), show });
    },
  },
  node: { run: nodeVersions },
  js: { run: () => run('JavaScript tests', ['npm', 'run', 'test:js'], { env, show: RESULTS }) },
  /** Runs the short round of each proof in `npm run prove`. */
  proofs: {
    run: async () => {
      const failed = await prove({ short: true });
      if (failed.length > 0) throw new StepFailed(`Not proven: ${failed.join(', ')}.`);
    },
  },
  /** Imported here, because it needs packages that the setup installs. */
  package: { run: async () => (await import('./lib/package-suite.mjs')).packageSuite() },
  host: {
    uses: THE_DASHBOARD,
    run: async () => {
      await checkAppBefore();
      await setUpHostApp();
      await run('toklink in an existing app', vitest('tests/host'), { env, show: RESULTS });
    },
  },
  prisma: {
    uses: THE_DASHBOARD,
    run: async () => {
      await setUpDashboard();
      await run('Prisma store on both databases', vitest('tests/prisma'), { show: RESULTS });
    },
  },
  sql: { run: () => run('stores over SQL on three databases', vitest('tests/sql'), { show: RESULTS }) },
  thirdParty: { run: thirdParty },
  alone: {
    uses: CARGO,
    run: async () => {
      for (const name of ALONE) await run(`${name} with its own features`, ['cargo', 'check', '-p', name]);
    },
  },
  doc: {
    uses: CARGO,
    run: async () => {
      await run('TypeScript documentation', ['npx', '--no-install', 'typedoc']);
      await run('rust documentation', ['cargo', 'doc', '--workspace', '--no-deps'], { env: { RUSTDOCFLAGS: '-D warnings' } });
    },
  },
  media: { run: realVideos },
  types: {
    run: async () => {
      await run('TypeScript types', ['npm', 'run', 'typecheck']);
      await run('types of toklink/react on React 18', ['npx', '--no-install', 'tsc', '-p', 'tests/react/react-18']);
    },
  },
  demo: { run: () => run('demo', [process.execPath, 'scripts/demo.mjs'], { show: /^ {2}ok |FAILED:/ }) },
  memory: { run: () => run('memory of a 200 MB upload', [process.execPath, 'scripts/memory.mjs'], { show: /MiB/ }) },
  header: { run: () => run('C header', xtask('header', '--check'), built) },
  surface: { run: () => run('one name in three spellings', xtask('surface')) },
  advisories: { run: () => advisories() },
};

/** Suites that read the output of other suites, so they run last. */
const LAST = {
  secrets: {
    run: async () => {
      console.log('- scanning the output for secrets ...');
      await scanForSecrets();
    },
  },
};

/** Number of suites that run at the same time. Some of them wait for browsers, servers and processes. */
const AT_ONCE = 3;

async function main() {
  const asked = process.argv.slice(2);
  const unknown = asked.filter((name) => !(name in SUITES) && !(name in LAST));
  if (unknown.length > 0) {
    throw new StepFailed(`Unknown suite: ${unknown.join(', ')}. Use one of ${Object.keys({ ...SUITES, ...LAST }).join(', ')}.`);
  }
  const started = performance.now();
  await setUpToklink();
  const setUp = (performance.now() - started) / 1000;
  const wanted = (name) => (asked.length > 0 ? asked.includes(name) : process.platform === 'linux' || name !== 'memory');
  if (!wanted('memory') && asked.length === 0) console.log('Not run here: memory (it reads /proc, so it needs Linux).');
  const results = await runSuites(SUITES, { atOnce: AT_ONCE, names: Object.keys(SUITES).filter(wanted) });
  results.push(...(await runSuites(LAST, { atOnce: 1, names: Object.keys(LAST).filter(wanted) })));

  const row = (name, seconds, outcome) => `  ${name.padEnd(12)} ${seconds.toFixed(0).padStart(5)} s  ${outcome}`;
  console.log(['', row('setup', setUp, ''), ...results.map(({ name, passed, seconds }) => row(name, seconds, passed ? '' : 'FAILED'))].join('\n'));
  const failed = results.filter(({ passed }) => !passed).map(({ name }) => name);
  const minutes = ((performance.now() - started) / 60_000).toFixed(1);
  console.log(`\nsuites after ${minutes} minutes${failed.length > 0 ? `, failed: ${failed.join(', ')}` : ''}:`);
  console.log(`${results.length - failed.length} passed, ${failed.length} failed`);
  if (failed.length > 0) process.exit(1);
}

main().catch((error) => {
  console.error(error instanceof StepFailed ? `\n${error.message}` : error);
  process.exit(1);
});
