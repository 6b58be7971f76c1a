// Implements the rules of docs/style.md that a program can check.

import { errorTexts } from './error-texts.mjs';
import { textsOf } from './extract.mjs';

/**
 * Phrases that rule 5 of docs/style.md forbids. "There is no X" and "A is no longer X" are plain English, "A is no X"
 * is not.
 */
const TURNS = [
  /\b(told|tells?|telling)\b/i,
  /\b(hears?|heard)\b/i,
  /\b(begun|anew|meanwhile|nobody|somebody|whoever)\b/i,
  /\b(go|goes|going|went|gone) on\b/i,
  /\bso many\b/i,
  /(?<!\bthere )\b(is|are|was|were) no\b(?! longer\b)/i,
  /\bwhose move\b/i,
  /\bmend(s|ed|ing)?\b/i,
];
const QUESTION = /^(What|Who|Whose|Whether|How|When|Where|Why)\b/;
const LONGEST_TEST_NAME = 60;

const RUST_TEST = /#\[(?:[a-z_:]+::)?test(?:\([^)]*\))?\]\s*(?:#\[[^\]]*\]\s*)*(?:async\s+)?fn\s+(\w+)/g;
const VITEST = /\b(?:it|test)(?:\.\w+)*\(\s*(['"`])((?:\\.|(?!\1)[\s\S])*)\1/g;

const lineOf = (source, position) => source.slice(0, position).split('\n').length;

function* testNames(path, source) {
  const pattern = path.endsWith('.rs') ? RUST_TEST : /\.test\.tsx?$|\.spec\.tsx?$/.test(path) ? VITEST : null;
  if (pattern === null) return;
  for (const match of source.matchAll(pattern)) yield { name: match.at(-1), line: lineOf(source, match.index) };
}

/** Returns true if a text starts with a capital letter. Ignores proper names, such as TikTok or SQLITE_BUSY. */
const startsWithCapital = (text) => /^[A-Z][a-z]* /.test(text) && !/^(TikTok|Redis|Postgre|Prisma|Node|Windows|Linux)/.test(text);

/** Returns all violations in one file: `{ rule, line, text }`. */
export function breaches(path, source) {
  const found = [];
  for (const { kind, text, line } of textsOf(path, source)) {
    for (const turn of TURNS) {
      const match = turn.exec(text.replace(/\s+/g, ' '));
      if (match !== null) found.push({ rule: 'turn', line, text: around(text.replace(/\s+/g, ' '), match.index) });
    }
    if (kind === 'doc' && QUESTION.test(text)) found.push({ rule: 'question', line, text: around(text, 0) });
  }
  for (const { name, line } of testNames(path, source)) {
    if (name.length > LONGEST_TEST_NAME) found.push({ rule: 'test-name', line, text: name });
  }
  for (const { text, line } of errorTexts(path, source)) {
    if (startsWithCapital(text) || /[^.]\.$/.test(text)) found.push({ rule: 'error-text', line, text });
  }
  return found;
}

const around = (text, position) => text.slice(Math.max(0, position - 30), position + 60).trim();
