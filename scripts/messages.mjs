// Compares toklink's messages with tests/messages.snap, so that reviewers see every change of wording in one file.
// `node scripts/messages.mjs --write` updates the file.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { messagesOf } from './lib/messages.mjs';
import { ROOT } from './lib/paths.mjs';

const SNAPSHOT = join(ROOT, 'tests', 'messages.snap');
/**
 * Source folders that contain user-visible text. The emulator is excluded, because its text comes from TikTok or belongs to its
 * console.
 */
const READ = ['src', 'bindings/c/src', 'bindings/node/src', 'js', 'examples/dashboard/src'];
const TESTS = /(_tests?\.rs$|\/tests?\.rs$|\/tests?\/|\/testing\.rs$|^js\/testing\/.*conformance|\.test\.|\.d\.c?ts$)/;

function snapshot() {
  const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', ...READ], { cwd: ROOT, encoding: 'utf8' });
  const paths = files.split('\n').filter((path) => /\.(rs|tsx?|cts)$/.test(path) && !TESTS.test(path) && existsSync(join(ROOT, path)));
  return paths.sort().flatMap((path) => {
    const messages = messagesOf(path, readFileSync(join(ROOT, path), 'utf8'));
    return messages.length === 0 ? [] : [`${path}\n${messages.map((text) => `  ${text}\n`).join('')}`];
  }).join('\n');
}

/** Returns the lines that only one of two snapshots contains, with their files. */
function difference(before, after) {
  const keyed = (text) => {
    let path = '';
    return new Set(text.split('\n').flatMap((line) => {
      if (line !== '' && !line.startsWith(' ')) path = line;
      return line.startsWith('  ') ? [`${path}: ${line.trim()}`] : [];
    }));
  };
  const [old, now] = [keyed(before), keyed(after)];
  return [...[...old].filter((line) => !now.has(line)).map((line) => `  - ${line}`), ...[...now].filter((line) => !old.has(line)).map((line) => `  + ${line}`)];
}

const now = snapshot();
if (process.argv[2] === '--write') {
  writeFileSync(SNAPSHOT, now);
} else {
  const before = existsSync(SNAPSHOT) ? readFileSync(SNAPSHOT, 'utf8') : '';
  if (before !== now) {
    console.error([...difference(before, now), 'Messages changed. Review them, then run "node scripts/messages.mjs --write".'].join('\n'));
    process.exit(1);
  }
  console.log(`  ${now.split('\n').filter((line) => line.startsWith('  ')).length} messages as recorded`);
}
