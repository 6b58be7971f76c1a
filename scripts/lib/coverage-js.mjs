// Coverage of TypeScript: vitest counts the files that its tests import. V8 counts `dist` in other processes (command
// line, workers) and bundles in Chromium; source maps resolve both.

import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from './chromium.mjs';
import { counted } from './counted.mjs';
import { addBrowser } from './coverage-browser.mjs';
import { addIstanbul } from './coverage-lines.mjs';
import { EMULATOR, ROOT } from './paths.mjs';
import { run } from './run.mjs';

const DIST = `${pathToFileURL(join(ROOT, 'dist')).href}/`;
const SHOWN = /^\s*(Tests |Test Files )/;

/**
 * Runs the JavaScript suites and adds the lines of `js/`. `env` contains the environment variables for the instrumented
 * addon.
 *
 * @param {import('./coverage-lines.mjs').Lines} lines
 */
export async function javascriptCoverage(lines, folder, env) {
  const processes = join(folder, 'processes');
  await mkdir(processes, { recursive: true });
  try {
    await run('JavaScript with source maps', ['npx', '--no-install', 'tsc', '-p', 'tsconfig.build.json', '--sourceMap']);
    const environment = { ...env, TOKLINK_EMULATOR: EMULATOR, NODE_V8_COVERAGE: processes };
    for (const [name, config] of [['JavaScript', 'vitest.config.ts'], ['Prisma', 'tests/prisma/vitest.config.ts']]) {
      const reports = join(folder, name);
      const vitest = ['npx', '--no-install', 'vitest', 'run', '-c', config];
      const coverage = ['enabled', 'allowExternal', 'reportOnFailure', 'reporter=json', `reportsDirectory=${reports}`, `include=${join(ROOT, 'js')}/**`];
      await counted(`${name} tests with coverage`, [...vitest, ...coverage.map((option) => `--coverage.${option}`)], { env: environment, show: SHOWN });
      addIstanbul(lines, onlyOurs(JSON.parse(await readFile(join(reports, 'coverage-final.json'), 'utf8'))));
    }
    const browser = join(folder, 'browser');
    const react = ['npx', '--no-install', 'playwright', 'test', '-c', 'tests/react', '--project', 'react-19'];
    const page = { TOKLINK_EMULATOR: EMULATOR, TOKLINK_BROWSER_COVERAGE: browser, CHROMIUM_PATH: await chromium() };
    await counted('React components with coverage', react, { env: page, show: /^\s*\d+ (passed|failed)/ });
    await addBrowser(lines, browser);
    await onlyDist(processes);
    const report = join(folder, 'dist');
    await run('coverage of processes', [
      ...['npx', '--no-install', 'c8', 'report', '--temp-directory', processes, '--reports-dir', report, '--reporter', 'json'],
      ...['--exclude-after-remap', '--include', 'js/**', '--include', 'dist/**'],
    ]);
    const remapped = JSON.parse(await readFile(join(report, 'coverage-final.json'), 'utf8'));
    addIstanbul(lines, onlyOurs(remapped), { onlyKnown: true });
  } finally {
    await run('JavaScript', ['npm', 'run', 'build:js']);
  }
}

const onlyOurs = (report) => Object.fromEntries(Object.entries(report).filter(([path]) => path.startsWith(join(ROOT, 'js'))));

/** Ignores vitest's own processes, because they run transformed sources with other positions. */
async function onlyDist(processes) {
  for (const name of await readdir(processes)) {
    const path = join(processes, name);
    const report = JSON.parse(await readFile(path, 'utf8').then((text) => text || '{}'));
    const result = (report.result ?? [])
      // Tests that install a copy of the package execute the same files from that copy.
      .map((script) => ({ ...script, url: script.url.replace(/^file:.*\/node_modules\/toklink\/dist\//, DIST) }))
      .filter(({ url }) => url.startsWith(DIST));
    if (result.length === 0) await rm(path);
    else await writeFile(path, JSON.stringify({ ...report, result }));
  }
}
