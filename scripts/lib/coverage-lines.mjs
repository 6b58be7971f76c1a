// Merges the covered lines of several reports.

import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { ROOT } from './paths.mjs';

/** Lines by file, each with a flag that is true if the line was executed. */
export class Lines {
  /** @type {Map<string, Map<number, boolean>>} */
  files = new Map();

  /** Adds a line of `path`. A line counts as executed if any report marks it as executed. */
  add(path, line, wasRun) {
    const file = relative(ROOT, path).replaceAll('\\', '/');
    if (!this.files.has(file)) this.files.set(file, new Map());
    const lines = this.files.get(file);
    lines.set(line, wasRun || (lines.get(line) ?? false));
  }

  /** Marks a line as executed if it is already known. */
  addRun(path, line) {
    const lines = this.files.get(relative(ROOT, path).replaceAll('\\', '/'));
    if (lines?.has(line)) lines.set(line, true);
  }

  /** Returns the totals for the files that match `belongs`, and the uncovered lines of each file. */
  part(belongs) {
    const files = [];
    for (const [file, lines] of this.files) {
      if (!belongs(file)) continue;
      const missed = [...lines].filter(([, wasRun]) => !wasRun).map(([line]) => line);
      files.push({ file, all: lines.size, missed: missed.sort((a, b) => a - b) });
    }
    const all = files.reduce((sum, file) => sum + file.all, 0);
    const run = all - files.reduce((sum, file) => sum + file.missed.length, 0);
    return { all, run, percent: all === 0 ? 0 : (100 * run) / all, files };
  }
}

/** Adds the lines where statements of an istanbul report start. */
export function addIstanbul(lines, report, { onlyKnown = false } = {}) {
  for (const [path, { statementMap, s }] of Object.entries(report)) {
    for (const [id, { start }] of Object.entries(statementMap)) {
      if (!onlyKnown) lines.add(path, start.line, s[id] > 0);
      else if (s[id] > 0) lines.addRun(path, start.line);
    }
  }
}

/** Adds the lines of an lcov report, except tests at the end of Rust files. */
export async function addLcov(lines, text) {
  for (const record of text.split('end_of_record')) {
    const path = /^SF:(.*)$/m.exec(record)?.[1];
    if (path === undefined || !path.startsWith(ROOT)) continue;
    const before = testsBegin(await readFile(path, 'utf8'));
    for (const [, line, count] of record.matchAll(/^DA:(\d+),(\d+)/gm)) {
      if (Number(line) < before) lines.add(path, Number(line), count !== '0');
    }
  }
}

function testsBegin(source) {
  const at = source.search(/^#\[cfg\(test\)\]\n(#\[.*\n)*mod \w+ \{/m);
  return at === -1 ? Infinity : source.slice(0, at).split('\n').length;
}

/** Formats the lines 3, 4, 5, 9 as `3-5, 9`. */
export function ranges(numbers) {
  const found = [];
  for (const number of numbers) {
    const last = found.at(-1);
    if (last !== undefined && last[1] === number - 1) last[1] = number;
    else found.push([number, number]);
  }
  return found.map(([from, to]) => (from === to ? String(from) : `${from}-${to}`)).join(', ');
}
