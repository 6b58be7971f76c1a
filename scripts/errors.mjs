// Generates the tables of docs/ERRORS.md from the code. With --check, only compares them.

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from './lib/paths.mjs';

const PAGE = join(ROOT, 'docs/ERRORS.md');
const read = (path) => readFile(join(ROOT, path), 'utf8');

/** Error for code that this script cannot parse, or for a page that differs from the code. */
class Mismatch extends Error {}

function part(text, from, to, where) {
  const begin = text.indexOf(from);
  const end = text.indexOf(to, begin + from.length);
  if (begin < 0 || end < 0) throw new Mismatch(`${where} no longer contains "${from}"; update scripts/errors.mjs.`);
  return text.slice(begin + from.length, end);
}

const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);
const cell = (text) => text.replaceAll('|', '\\|');
const table = (head, rows) =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.map(cell).join(' | ')} |`).join('\n');

/**
 * Reads the error kinds: order and names from Rust, numbers from the C header, descriptions from the Rust
 * documentation.
 */
async function kinds() {
  const rust = part(await read('src/error.rs'), 'pub enum ErrorKind {', '\n}', 'src/error.rs');
  const header = await read('include/toklink.h');
  const statuses = part(await read('js/http/respond.ts'), 'STATUS_OF', '};', 'js/http/respond.ts');
  const codes = part(await read('js/errors.ts'), 'ERROR_CODES = [', ']', 'js/errors.ts').match(/[A-Z_]+/g);
  const variants = [...rust.matchAll(/((?:\s*\/\/\/.*\n)+)\s*(\w+),/g)];
  if (variants.length !== codes.length) {
    throw new Mismatch(`src/error.rs has ${variants.length} documented kinds, but js/errors.ts has ${codes.length} codes.`);
  }
  return variants.map(([, comment, name], index) => {
    const code = name.replace(/(?<!^)(?=[A-Z])/g, '_').toUpperCase();
    const number = new RegExp(`TOKLINK_ERR_${code} = (\\d+),`).exec(header)?.[1];
    if (codes[index] !== code || number === undefined) {
      throw new Mismatch(`${name} must be called ${code} in js/errors.ts and TOKLINK_ERR_${code} in include/toklink.h.`);
    }
    const status = new RegExp(`\\b${code}: (\\d+)`).exec(statuses)?.[1];
    if (status === undefined) throw new Mismatch(`STATUS_OF in js/http/respond.ts has no ${code}.`);
    const said = comment.replaceAll(/\s*\/\/\/ ?/g, ' ').replaceAll(/\[`[^`]*`\]/g, 'the pause that the error names').trim();
    const [, happened, next] = /^(.*?)(?:: (.*))?\.$/.exec(said) ?? [];
    if (next === undefined) throw new Mismatch(`The comment of ErrorKind::${name} must state the next step after a colon.`);
    return [`\`${name}\``, `\`${code}\``, `\`TOKLINK_ERR_${code}\``, number, `${capital(happened)}.`, `${capital(next)}.`, status];
  });
}

const RETRY = {
  'Retry::Never': 'no',
  'Retry::Backoff': 'yes, after a growing pause',
  'Retry::After(DAY)': 'yes, after a day',
  'Retry::After(WINDOW)': 'yes, after a minute',
};
const WHO = { User: 'the user', App: 'the app', TikTok: 'TikTok', Toklink: 'toklink' };

/** Reads TikTok's error codes from the match arms of the function that classifies them. */
async function codes() {
  const source = part(await read('src/transport/consumer/verdict.rs'), '= match code {', '_ => return by_status', 'src/transport/consumer/verdict.rs');
  return arms(source).map(([names, kind, retry, owner, advice]) => {
    if (!(retry in RETRY)) throw new Mismatch(`src/transport/consumer/verdict.rs has ${retry}, which scripts/errors.mjs does not describe.`);
    return [names, kind, RETRY[retry], owner, advice];
  });
}

/** Reads the failure reasons of publishes. A reason with different rules for photos gets one row per kind of media. */
async function reasons() {
  const code = await read('src/api/consumer/status.rs');
  const rules = part(code, 'fn photo_rule(', '_ =>', 'src/api/consumer/status.rs');
  const ofPhotos = new Map([...rules.matchAll(/"(\w+)" =>\s*\{?\s*"([^"]*)"/g)].map(([, name, advice]) => [name, `${capital(advice)}.`]));
  if (ofPhotos.size !== rules.match(/=>/g)?.length) throw new Mismatch('Cannot parse photo_rule; update scripts/errors.mjs.');
  return arms(part(code, 'fn fail_reason(', '_ =>', 'src/api/consumer/status.rs')).flatMap(([names, kind, owner, advice]) => {
    const photos = ofPhotos.get(names.replaceAll('`', ''));
    if (photos === undefined) return [[names, kind, owner, advice]];
    return [
      [`${names}, of a video`, kind, owner, advice],
      [`${names}, of photos`, kind, owner, photos],
    ];
  });
}

/** Returns each match arm `"code" | "code" => (Kind, .., "advice")` as table cells. */
function arms(source) {
  const found = [...source.matchAll(/((?:"\w+"\s*\|?\s*)+)=>\s*\{?\s*\(([^"]*?)"((?:[^"\\]|\\[\s\S])*)",?\s*\)/g)];
  const expected = source.match(/=>/g)?.length ?? 0;
  if (found.length === 0 || found.length !== expected) {
    throw new Mismatch(`Parsed only ${found.length} of ${expected} match arms; update scripts/errors.mjs.`);
  }
  return found.map(([, names, values, advice]) => {
    const given = values.split(',').map((each) => each.trim()).filter((each) => each !== '');
    const owner = WHO[given.at(-1).replace('Owner::', '')];
    const kind = `\`${given[0].replace(/(?<!^)(?=[A-Z])/g, '_').toUpperCase()}\``;
    return [names.match(/\w+/g).map((name) => `\`${name}\``).join(', '), kind, ...given.slice(1, -1), owner, `${capital(advice.replace(/\\\n\s*/g, ''))}.`];
  });
}

/** Reads the error reasons, which the core declares once, and compares them with their names in TypeScript. */
async function situations() {
  const source = part(await read('src/error/reason.rs'), '\nreasons! {', '\n}', 'src/error/reason.rs');
  const found = [...source.matchAll(/((?: *\/\/\/.*\n)+) *(\w+) = "(\w+)",/g)];
  const list = part(await read('js/errors.ts'), 'ERROR_REASONS = [', ']', 'js/errors.ts').match(/[A-Z_]+/g);
  if (found.map(([, , , code]) => code).join() !== list.join()) throw new Mismatch('ERROR_REASONS in js/errors.ts differs from src/error/reason.rs.');
  return found.map(([, comment, , code]) => {
    const [what, ...next] = comment.replaceAll(/\s*\/\/\/ ?/g, ' ').trim().split(': ');
    return [`\`${code}\``, next.length === 0 ? what : `${what}.`, capital(next.join(': '))];
  });
}

const TABLES = {
  situations: async () => table(['Reason', 'What happened', 'What to do next'], await situations()),
  kinds: async () => table(['Rust `ErrorKind`', 'TypeScript `error.code`', 'C `toklink_status`', 'Number', 'What happened', 'What to do next', 'HTTP status of the web routes'], await kinds()),
  codes: async () => table(["TikTok's code", 'Kind', 'Retry', 'Who has to act', 'Message'], await codes()),
  reasons: async () => table(['Reason', 'Kind', 'Who has to act', 'Message'], await reasons()),
};

/** Returns the page with its tables generated from the code. */
async function written(page) {
  let text = page;
  for (const [name, make] of Object.entries(TABLES)) {
    const begin = `<!-- ${name}, by scripts/errors.mjs -->\n`;
    const old = part(text, begin, '\n<!-- end -->', 'docs/ERRORS.md');
    const made = await make();
    text = text.replace(begin + old, () => begin + made);
  }
  return text;
}

try {
  const page = await readFile(PAGE, 'utf8');
  const now = await written(page);
  if (now === page) console.log('docs/ERRORS.md matches the code');
  else if (process.argv.includes('--check')) throw new Mismatch('docs/ERRORS.md differs from the code; run `node scripts/errors.mjs`.');
  else await writeFile(PAGE, now);
} catch (error) {
  if (!(error instanceof Mismatch)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
