// Bundles dist/cli.js with the packages that only the command line uses, so that an app that installs toklink does not
// install them (docs/adr/0013-cli-is-bundled.md). toklink's own modules outside js/cli remain separate files of the
// package.

import { build } from 'esbuild';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { ROOT } from './paths.mjs';
import { StepFailed } from './run.mjs';

/** File beside dist/cli.js in the package, with the licences of the bundled packages. */
export const NOTICES = 'cli.THIRD_PARTY.md';
/** Defines `require`, with which bundled CommonJS packages load Node's built-in modules. */
const REQUIRE = "import { createRequire as requireFrom } from 'node:module';\nconst require = requireFrom(import.meta.url);";

/** Bundles `dist/cli.js` in place, writes the licences next to it, and removes the modules that it now contains. */
export async function bundleCommandLine(dist) {
  const entry = join(dist, 'cli.js');
  const modules = join(dist, 'cli');
  const { metafile, outputFiles } = await build({
    ...{ entryPoints: [entry], outfile: entry, absWorkingDir: ROOT, bundle: true, write: false, metafile: true },
    ...{ platform: 'node', format: 'esm', target: 'node20', legalComments: 'none', logLevel: 'warning' },
    banner: { js: REQUIRE },
    plugins: [ownModules(dist, modules)],
  });
  await writeFile(join(dist, NOTICES), await notices(metafile));
  await writeFile(entry, outputFiles[0].contents);
  await rm(modules, { recursive: true });
}

/**
 * Marks toklink's own modules as external, except those of the command line, and rewrites their paths for dist/cli.js.
 */
function ownModules(dist, modules) {
  return {
    name: 'own modules',
    setup(bundler) {
      bundler.onResolve({ filter: /^\./ }, ({ path, resolveDir }) => {
        const file = resolve(resolveDir, path);
        const own = file.startsWith(dist + sep) && !file.startsWith(modules + sep);
        return own ? { path: `./${relative(dist, file).replaceAll(sep, '/')}`, external: true } : undefined;
      });
    },
  };
}

/** Returns the licence of each bundled package. */
async function notices({ inputs }) {
  const folders = Object.keys(inputs).flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path) ?? []);
  const texts = [];
  for (const folder of [...new Set(folders)].sort()) {
    const { name, version, license } = JSON.parse(await readFile(join(ROOT, folder, 'package.json'), 'utf8'));
    const file = (await readdir(join(ROOT, folder))).find((entry) => /^licen[cs]e/i.test(entry));
    if (file === undefined) throw new StepFailed(`${name} ${version} contains no licence text, so it cannot be bundled.`);
    const text = await readFile(join(ROOT, folder, file), 'utf8');
    texts.push(`## ${name} ${version} (${license})\n\n${text.trim()}\n`);
  }
  return ['# Packages in cli.js\n\nThe command line contains code from these packages.\n', ...texts].join('\n');
}
