// Checks the rules of docs/style.md in everything that people read. Each folder has an allowance in scripts/prose.json which
// may only decrease: `node scripts/prose.mjs --write` lowers it. `--list FOLDER` prints each violation there.

import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './lib/paths.mjs';
import { breaches } from './lib/prose/rules.mjs';

const ALLOWANCE = join(ROOT, 'scripts', 'prose.json');
const CHECKED = /\.(rs|ts|tsx|mts|mjs|c|h|cpp|hpp|md|feature|html)$/;
/** Files that are not checked: the rules quote what they forbid, and the facts sheet quotes TikTok. */
const EXEMPT = /^(docs\/style\.md|docs\/tiktok-api\.md|scripts\/lib\/prose\/|tests\/js\/prose\.test\.ts|include\/toklink\.h)/;

/** Returns the folder under which a file is counted: two levels, or one for files at the top level. */
const folderOf = (path) => path.split('/').slice(0, -1).slice(0, 2).join('/') || '.';

function count() {
  const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { cwd: ROOT, encoding: 'utf8' }).split('\n');
  const folders = {};
  const list = [];
  for (const path of files.filter((file) => CHECKED.test(file) && !EXEMPT.test(file))) {
    for (const breach of breaches(path, readFileSync(join(ROOT, path), 'utf8'))) {
      const rules = (folders[folderOf(path)] ??= {});
      rules[breach.rule] = (rules[breach.rule] ?? 0) + 1;
      list.push({ path, ...breach });
    }
  }
  return { folders, list };
}

function main() {
  const { folders, list } = count();
  const [option, asked = ''] = process.argv.slice(2);
  if (option === '--list') {
    for (const { path, line, rule, text } of list) if (path.startsWith(asked)) console.log(`${path}:${line}: ${rule}: ${text}`);
    return;
  }
  const allowed = JSON.parse(readFileSync(ALLOWANCE, 'utf8'));
  const above = [];
  const below = [];
  for (const folder of new Set([...Object.keys(folders), ...Object.keys(allowed)])) {
    for (const rule of new Set([...Object.keys(folders[folder] ?? {}), ...Object.keys(allowed[folder] ?? {})])) {
      const found = folders[folder]?.[rule] ?? 0;
      const most = allowed[folder]?.[rule] ?? 0;
      if (found > most) above.push(`${folder}: ${found} violations of "${rule}", at most ${most} allowed`);
      if (found < most) below.push(`${folder}: ${found} violations of "${rule}", but ${most} allowed`);
    }
  }
  for (const line of above) console.error(`  ${line}`);
  if (above.length > 0) {
    console.error('Some text does not follow docs/style.md. Run "node scripts/prose.mjs --list FOLDER" to print each violation.');
    process.exit(1);
  }
  if (option === '--write') {
    const sorted = Object.fromEntries(Object.entries(folders).sort(([one], [two]) => (one < two ? -1 : 1)));
    writeFileSync(ALLOWANCE, `${JSON.stringify(sorted, null, 2)}\n`);
    return;
  }
  if (below.length > 0) {
    console.error(`${below.map((line) => `  ${line}\n`).join('')}There are fewer violations than allowed. Run "node scripts/prose.mjs --write" to lower the allowance.`);
    process.exit(1);
  }
  console.log(`  ${list.length} violations left, none more than allowed`);
}

main();
