// Checks commit subjects. As a git hook, it reads the file with the message: `git config core.hooksPath scripts/hooks`.
// Otherwise it checks all commits since a revision: `node scripts/commits.mjs REVISION`.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { subjectFault } from './lib/prose/subject.mjs';

function subjects([kind, value]) {
  if (kind === '--file') return [readFileSync(value, 'utf8').split('\n')[0]];
  return execFileSync('git', ['log', '--format=%s', `${kind}..HEAD`], { encoding: 'utf8' }).split('\n').filter(Boolean);
}

if (process.argv.length < 3) {
  console.error('usage: node scripts/commits.mjs REVISION');
  process.exit(2);
}
const faults = subjects(process.argv.slice(2)).flatMap((subject) => {
  const fault = subjectFault(subject);
  return fault === null ? [] : [`  ${subject}\n    ${fault}`];
});
if (faults.length > 0) {
  console.error(`The commit subject does not follow docs/style.md; write for example "fix(publish): stop before the next request":\n${faults.join('\n')}`);
  process.exit(1);
}
