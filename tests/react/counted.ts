import type { Page } from '@playwright/test';
import type { BuildOptions } from 'esbuild';
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** The folder in which `npm run coverage` collects the lines that the page has executed. Empty in all other runs. */
const FOLDER = process.env.TOKLINK_BROWSER_COVERAGE ?? '';

/** The build options of a bundle whose lines map to the sources. */
export const counting: BuildOptions = FOLDER === '' ? {} : { minify: false, sourcemap: 'inline', outfile: join(FOLDER, 'page.js') };

/** Runs `use`, then writes the coverage of the page in Node's format. */
export async function counted(page: Page, use: (page: Page) => Promise<void>): Promise<void> {
  if (FOLDER === '') return use(page);
  await page.coverage.startJSCoverage({ resetOnNavigation: false });
  await use(page);
  await mkdir(FOLDER, { recursive: true });
  for (const { url, scriptId, source = '', functions } of await page.coverage.stopJSCoverage()) {
    if (!url.endsWith('/page.js')) continue;
    // All runs of a bundle refer to the same file.
    const file = join(FOLDER, `page-${createHash('sha256').update(source).digest('hex').slice(0, 16)}.js`);
    await writeFile(file, source);
    const report = { result: [{ scriptId, url: pathToFileURL(file).href, functions }] };
    await writeFile(join(FOLDER, `coverage-${process.pid}-${Date.now()}-${scriptId}.json`), JSON.stringify(report));
  }
}
