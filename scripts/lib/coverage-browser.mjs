// Coverage of bundles in Chromium. c8 does not map a bundle to its sources, so this module counts a source line as
// executed if the code that the source map assigns to the line was executed.

import { readdir, readFile } from 'node:fs/promises';
import { SourceMap } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const DIRECTIVE = /^'use client';/;
const MAP = /\n\/\/# sourceMappingURL=data:application\/json;base64,([A-Za-z0-9+/=]+)\s*$/;

/**
 * Adds the executed lines from the reports in `folder` (written by V8, one per page) to `lines`. Ignores lines that `lines` does
 * not contain.
 *
 * @param {import('./coverage-lines.mjs').Lines} lines
 */
export async function addBrowser(lines, folder) {
  const bundles = new Map();
  for (const name of (await readdir(folder)).filter((each) => each.endsWith('.json'))) {
    const { result } = JSON.parse(await readFile(join(folder, name), 'utf8'));
    for (const { url, functions } of result) {
      if (!bundles.has(url)) bundles.set(url, await Bundle.read(fileURLToPath(url)));
      bundles.get(url).ran(functions);
    }
  }
  for (const bundle of bundles.values()) {
    const modules = new Set();
    for (const [path, line] of bundle.lines()) {
      lines.addRun(path, line);
      modules.add(path);
    }
    // Bundlers remove directives, but coverage counts directives as statements.
    for (const path of modules) if (DIRECTIVE.test(await readFile(path, 'utf8').catch(() => ''))) lines.addRun(path, 1);
  }
}

class Bundle {
  static async read(path) {
    const bundle = new Bundle();
    const text = await readFile(path, 'utf8');
    bundle.code = text.replace(MAP, '');
    bundle.folder = dirname(path);
    bundle.map = new SourceMap(JSON.parse(Buffer.from(MAP.exec(text)[1], 'base64').toString()));
    /** One flag per character, which is set if any page has executed the character. */
    bundle.run = new Uint8Array(bundle.code.length);
    return bundle;
  }

  /** Applies V8's ranges in order. Outer ranges come first, so inner ranges take precedence. */
  ran(functions) {
    const now = new Uint8Array(this.code.length);
    for (const { ranges } of functions) {
      for (const { startOffset, endOffset, count } of ranges) now.fill(count > 0 ? 1 : 0, startOffset, endOffset);
    }
    for (let at = 0; at < now.length; at += 1) this.run[at] |= now[at];
  }

  /** Yields the path and line of each executed source position. */
  *lines() {
    let start = 0;
    for (const [number, text] of this.code.split('\n').entries()) {
      for (let column = 0; column < text.length; column += 1) {
        if (this.run[start + column] === 0) continue;
        const entry = this.map.findEntry(number, column);
        // The code between two mappings belongs to the first mapping.
        const exact = entry.generatedLine === number && entry.generatedColumn === column && entry.originalSource;
        if (exact) yield [resolve(this.folder, entry.originalSource), entry.originalLine + 1];
      }
      start += text.length + 1;
    }
  }
}
