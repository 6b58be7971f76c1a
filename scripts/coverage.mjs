// npm run coverage: reports the lines that the tests execute, for each part of the project. Low coverage never makes it
// fail. `-- --missing` lists the uncovered lines, `-- rust` or `-- js` measures one side only.

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { javascriptCoverage } from './lib/coverage-js.mjs';
import { Lines, ranges } from './lib/coverage-lines.mjs';
import { RustCoverage } from './lib/coverage-rust.mjs';
import { ROOT } from './lib/paths.mjs';
import { StepFailed } from './lib/run.mjs';
import { setUpDashboard, setUpToklink } from './lib/setup.mjs';

const isTest = (file) => /_tests?\.rs$|(^|\/)tests?\.rs$|\/tests\//.test(file);
const under = (...folders) => (file) => folders.some((folder) => file.startsWith(folder)) && !isTest(file);

/** The parts of the project, with their targets in percent of lines. */
const PARTS = [
  { name: 'client, Rust (src)', side: 'rust', aim: 100, belongs: under('src/') },
  { name: 'emulator, Rust', side: 'rust', aim: 90, belongs: under('emulator/src/') },
  { name: 'C library, Rust', side: 'rust', aim: 90, belongs: under('bindings/c/src/') },
  { name: 'Node addon, Rust', side: 'rust', aim: 90, belongs: under('bindings/node/src/') },
  { name: 'client, TypeScript', side: 'js', aim: 100, belongs: (file) => /^js\/([a-z-]+\.ts$|native\/|runtime\/|text\/|types\/)/.test(file) },
  { name: 'web routes, TypeScript', side: 'js', aim: 90, belongs: under('js/http/', 'js/next') },
  { name: 'stores, social, testing', side: 'js', aim: 90, belongs: under('js/prisma/', 'js/social/', 'js/testing/') },
  { name: 'command line', side: 'js', aim: 90, belongs: under('js/cli/') },
  { name: 'emulator, TypeScript', side: 'js', aim: 90, belongs: under('js/emulator/') },
  { name: 'React', side: 'js', aim: 90, belongs: under('js/react/') },
];

async function main() {
  const asked = process.argv.slice(2);
  const sides = asked.filter((word) => word === 'rust' || word === 'js');
  const wants = (side) => sides.length === 0 || sides.includes(side);
  const unknown = asked.filter((word) => !['rust', 'js', '--missing'].includes(word));
  if (unknown.length > 0) throw new StepFailed(`usage: npm run coverage [-- [rust] [js] [--missing]]; unknown: ${unknown.join(' ')}`);
  const folder = join(ROOT, 'target/coverage');
  await rm(folder, { recursive: true, force: true });
  await setUpToklink();
  const lines = new Lines();
  const rust = wants('rust') ? await RustCoverage.prepare(join(folder, 'rust')) : null;
  const addon = await rust?.test();
  if (wants('js')) {
    await setUpDashboard();
    const giveBack = await rust?.lend(addon);
    try {
      await javascriptCoverage(lines, join(folder, 'js'), rust?.env ?? {});
    } finally {
      await giveBack?.();
    }
  }
  await rust?.report(lines);
  print(lines, wants, asked.includes('--missing'));
}

function print(lines, wants, missing) {
  console.log('\npart                        lines covered        %  goal');
  for (const { name, side, aim, belongs } of PARTS) {
    if (!wants(side)) continue;
    const { all, run, percent, files } = lines.part(belongs);
    if (all === 0) continue;
    const shown = (Math.floor(percent * 10) / 10).toFixed(1);
    console.log(`${name.padEnd(25)} ${String(all).padStart(7)} ${String(run).padStart(7)} ${shown.padStart(8)} ${String(aim).padStart(5)}`);
    if (!missing) continue;
    for (const file of files) if (file.missed.length > 0) console.log(`    ${file.file}: ${ranges(file.missed)}`);
  }
}

main().catch((error) => {
  console.error(error instanceof StepFailed ? `\n${error.message}` : error);
  process.exit(1);
});
