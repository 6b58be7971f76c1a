// npm test: sets everything up, then runs all checks of the project. `node scripts/test.mjs NAME...` runs some of them.

import { advisories } from './lib/advisories.mjs';
import { chromium } from './lib/chromium.mjs';
import { installOnDebian } from './lib/debian.mjs';
import { realVideos } from './lib/ffmpeg.mjs';
import { nodeVersions } from './lib/node-versions.mjs';
import { checkAppBefore, setUpHostApp } from './lib/host-app.mjs';
import { DASHBOARD, EMULATOR } from './lib/paths.mjs';
import { startPostgres } from './lib/postgres.mjs';
import { run, StepFailed } from './lib/run.mjs';
import { ensureRedis } from './lib/redis.mjs';
import { scanForSecrets } from './lib/secrets.mjs';
import { setUpDashboard, setUpToklink } from './lib/setup.mjs';
import { thirdParty } from './lib/third-party.mjs';
import { prove } from './prove.mjs';

const RESULTS = /^\s*(test result:|Tests |Test Files |\d+ passed|Summary)/;
const vitest = (folder) => ['npx', '--no-install', 'vitest', 'run', '-c', `${folder}/vitest.config.ts`];
const xtask = (...args) => ['cargo', 'run', '--quiet', '-p', 'xtask', '--', ...args];

/** Suites by name. Cargo locks its target folder, so everything that compiles runs in one lane. */
const RUST_LANE = {
  format: () => run('format', ['cargo', 'fmt', '--all', '--check']),
  lint: () => run('lint', ['cargo', 'clippy', '--workspace', '--all-targets', '--', '-D', 'warnings']),
  rust: async () => {
    await ensureRedis();
    await run('rust tests', ['cargo', 'test', '--workspace', '--', '--show-output'], { show: RESULTS });
  },
  header: () => run('C header', xtask('header', '--check')),
  surface: () => run('one name in three spellings', xtask('surface')),
  c: async () => {
    await installOnDebian('clang', 'cmake', 'gcc', 'g++', 'pkg-config', 'valgrind');
    await run('C and C++', xtask('test-c'), { show: /passed|ok$/ });
    await run('C examples, installed', xtask('test-examples'), { show: /passed$/ });
  },
  doc: async () => {
    await run('TypeScript documentation', ['npx', '--no-install', 'typedoc']);
    await run('rust documentation', ['cargo', 'doc', '--workspace', '--no-deps'], { env: { RUSTDOCFLAGS: '-D warnings' } });
  },
  advisories: () => advisories(),
  media: realVideos,
  /** Runs the short round of each proof of `npm run prove`. */
  proofs: async () => {
    const failed = await prove({ short: true });
    if (failed.length > 0) throw new StepFailed(`Not proven: ${failed.join(', ')}.`);
  },
};

/** Suites of the second lane: two lanes for two cores. */
const WEB_LANE = {
  prose: () => run('rules of docs/style.md', [process.execPath, 'scripts/prose.mjs'], { show: /places left/ }),
  messages: () => run('tests/messages.snap', [process.execPath, 'scripts/messages.mjs'], { show: /as recorded/ }),
  errors: () => run('docs/ERRORS.md', [process.execPath, 'scripts/errors.mjs', '--check']),
  types: async () => {
    await run('TypeScript types', ['npm', 'run', 'typecheck']);
    await run('types of toklink/react on React 18', ['npx', '--no-install', 'tsc', '-p', 'tests/react/react-18']);
  },
  js: () => run('JavaScript tests', ['npm', 'run', 'test:js'], { env: { TOKLINK_EMULATOR: EMULATOR }, show: RESULTS }),
  node: nodeVersions,
  /** Imported late, because it needs packages that the setup installs. */
  package: async () => (await import('./lib/package-suite.mjs')).packageSuite(),
  thirdParty,
  demo: () => run('demo', [process.execPath, 'scripts/demo.mjs'], { show: /^ {2}ok |NOT TRUE/ }),
  memory: () => run('memory of a 200 MB upload', [process.execPath, 'scripts/memory.mjs'], { show: /MiB/ }),
  dashboard: async () => {
    await setUpDashboard();
    await run('dashboard types', ['npm', 'run', 'typecheck'], { cwd: DASHBOARD });
  },
  prisma: async () => {
    await setUpDashboard();
    await run('Prisma store on both databases', vitest('tests/prisma'), { show: RESULTS });
  },
  host: async () => {
    await checkAppBefore();
    await setUpHostApp();
    await run('toklink in an existing app', vitest('tests/host'), { env: { TOKLINK_EMULATOR: EMULATOR }, show: RESULTS });
  },
  browser: async () => {
    const env = { CHROMIUM_PATH: await chromium(), TOKLINK_EMULATOR: EMULATOR };
    await run('React components', ['npx', '--no-install', 'playwright', 'test', '-c', 'tests/react'], { env, show: /^\s*\d+ (passed|failed)|gzipped/ });
    const e2e = ['npm', 'run', 'test:e2e'];
    await run('browser tests', e2e, { env, show: RESULTS });
    const postgres = await startPostgres();
    try {
      const onServer = { env: { ...env, E2E_POSTGRES: postgres.url }, show: RESULTS };
      await run('features on PostgreSQL', [...e2e, '--', '--project=features'], onServer);
    } finally {
      await postgres.stop();
    }
  },
};

/** Suites that read the output of the others. */
const LAST = {
  secrets: async () => {
    console.log('- secrets in what was printed ...');
    await scanForSecrets();
  },
};

const SUITES = { ...RUST_LANE, ...WEB_LANE, ...LAST };

/** Runs the suites of one lane in order; returns the time and outcome of each. A failed suite does not stop the others. */
async function runLane(names) {
  const results = [];
  for (const name of names) {
    const started = performance.now();
    let passed = true;
    try {
      await SUITES[name]();
    } catch (error) {
      if (!(error instanceof StepFailed)) throw error;
      console.error(`  ${error.message}`);
      passed = false;
    }
    results.push({ name, passed, seconds: (performance.now() - started) / 1000 });
  }
  return results;
}

async function main() {
  const asked = process.argv.slice(2);
  const unknown = asked.filter((name) => !(name in SUITES));
  if (unknown.length > 0) {
    throw new StepFailed(`Unknown suite: ${unknown.join(', ')}. Use one of ${Object.keys(SUITES).join(', ')}.`);
  }
  const started = performance.now();
  await setUpToklink();
  const setUp = (performance.now() - started) / 1000;
  const wanted = (name) => (asked.length > 0 ? asked.includes(name) : process.platform === 'linux' || name !== 'memory');
  if (!wanted('memory') && asked.length === 0) console.log('Not run here: memory (it reads /proc, so it needs Linux).');
  const [rust, web, last] = [RUST_LANE, WEB_LANE, LAST].map((lane) => Object.keys(lane).filter(wanted));
  const results = (await Promise.all([runLane(rust), runLane(web)])).flat();
  results.push(...(await runLane(last)));

  const row = (name, seconds, outcome) => `  ${name.padEnd(12)} ${seconds.toFixed(0).padStart(5)} s  ${outcome}`;
  console.log(['', row('set-up', setUp, ''), ...results.map(({ name, passed, seconds }) => row(name, seconds, passed ? '' : 'FAILED'))].join('\n'));
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
