// npm run setup: generates the Prisma client and refreshes the copies of this repository's two packages. Needs no database.
import { spawnSync } from 'node:child_process';
import { cp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const repository = resolve(root, '../..');

/** The build output of the two packages. npm itself copies it only when it reinstalls them. */
const COPIES = [
  { from: repository, to: 'node_modules/toklink', wanted: (name) => name === 'dist' || name === 'package.json' },
  {
    from: join(repository, 'bindings/node'),
    to: 'node_modules/toklink-native',
    wanted: (name) => /\.(node|cjs|cts|js|mjs)$|\.d\.ts$/.test(name) || name === 'package.json',
  },
];

async function same(from, to) {
  const [a, b] = await Promise.all([stat(from), stat(to).catch(() => null)]);
  if (b === null || a.isDirectory() !== b.isDirectory()) return false;
  if (a.isDirectory()) return false;
  return a.size === b.size && (await readFile(from)).equals(await readFile(to));
}

for (const { from, to, wanted } of COPIES) {
  const names = (await readdir(from)).filter(wanted);
  for (const name of names) {
    const target = join(root, to, name);
    if (await same(join(from, name), target)) continue;
    await rm(target, { recursive: true, force: true });
    await cp(join(from, name), target, { recursive: true });
  }
}

const generated = spawnSync(process.execPath, [join(root, 'node_modules/prisma/build/index.js'), 'generate'], {
  cwd: root,
  stdio: ['ignore', 'ignore', 'inherit'],
  env: {
    ...process.env,
    // `generate` looks for a schema engine but does not use it; the path of any existing file prevents a download.
    PRISMA_SCHEMA_ENGINE_BINARY: process.env.PRISMA_SCHEMA_ENGINE_BINARY ?? process.execPath,
    CHECKPOINT_DISABLE: '1',
  },
});
if (generated.status !== 0) {
  console.error('prisma generate failed (see above). If the packages are missing, run `npm ci` in examples/dashboard first.');
  process.exit(1);
}
console.log('the dashboard is set up');
