// Extracts the text that people read from a source file: comments, string literals, and page text.

import ts from 'typescript';

/** Describes one text. `kind` is `doc`, `comment`, `string` or `page`; `line` starts at 1. */
const piece = (kind, text, line) => ({ kind, text, line });

const lineOf = (source, position) => source.slice(0, position).split('\n').length;

/**
 * Matches, in this order: line comment, block comment, raw string, string, character. Rust and C share these tokens.
 */
const TOKENS = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|r(#*)"[\s\S]*?"\1|"(?:\\[\s\S]|[^"\\])*"|'(?:\\[^\n]{1,10}?|[^'\\\n])'/g;

function fromCurly(source) {
  const pieces = [];
  for (const { 0: token, index } of source.matchAll(TOKENS)) {
    const line = lineOf(source, index);
    if (/^(\/\/[/!]|\/\*[*!])/.test(token)) pieces.push(piece('doc', clean(token), line));
    else if (token.startsWith('/')) pieces.push(piece('comment', clean(token), line));
    else if (!token.startsWith("'")) pieces.push(piece('string', token.replace(/^r?#*"|"#*$/g, '').replace(/\\\n\s*/g, ''), line));
  }
  return joined(pieces);
}

/** Removes the comment markers, and inline code. */
function clean(comment) {
  return comment
    .replace(/^\/\*+!?|\*+\/$/g, '')
    .replace(/^\s*(\/\/[/!]?|\*) ?/gm, '')
    .replace(/`[^`]*`/g, '`…`')
    .trim();
}

/** Joins the lines of one comment, so that the rules see its first word and phrases that span two lines. */
function joined(pieces) {
  const result = [];
  for (const next of pieces) {
    const last = result.at(-1);
    if (last !== undefined && next.kind !== 'string' && last.kind === next.kind && last.end + 1 === next.line) {
      last.text += `\n${next.text}`;
      last.end = next.line;
    } else {
      result.push({ ...next, end: next.line + next.text.split('\n').length - 1 });
    }
  }
  return result.map(({ kind, text, line }) => piece(kind, text, line));
}

function fromTypeScript(source, path) {
  const file = ts.createSourceFile(path, source, ts.ScriptTarget.Latest, true);
  const pieces = [];
  const seen = new Set();
  const comment = (position, end) => {
    if (seen.has(position)) return;
    seen.add(position);
    const text = source.slice(position, end);
    pieces.push(piece(text.startsWith('/**') ? 'doc' : 'comment', clean(text), lineOf(source, position)));
  };
  const visit = (node) => {
    ts.forEachLeadingCommentRange(source, node.getFullStart(), comment);
    ts.forEachTrailingCommentRange(source, node.getEnd(), comment);
    const isText = ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node) || ts.isJsxText(node);
    if (isText && node.text.trim() !== '') pieces.push(piece('string', node.text, lineOf(source, node.getStart(file))));
    // Visits tokens too, because a comment can precede an `else`. Skips doc comments, which are separate children and
    // are already found as comments.
    for (const child of node.getChildren(file)) if (!ts.isJSDoc(child)) visit(child);
  };
  visit(file);
  return pieces.sort((one, two) => one.line - two.line);
}

/** Returns a page's text without code. Tables and lists count as text. */
function fromMarkdown(source) {
  const text = source.replace(/^```[\s\S]*?^```/gm, (code) => code.replace(/[^\n]/g, '')).replace(/`[^`\n]*`/g, '`…`');
  return text.split(/\n\s*\n/).reduce(
    ({ pieces, line }, paragraph) => ({
      pieces: paragraph.trim() === '' ? pieces : [...pieces, piece('page', paragraph, line)],
      line: line + paragraph.split('\n').length + 1,
    }),
    { pieces: [], line: 1 },
  ).pieces;
}

/** Returns all text in `source`. */
export function textsOf(path, source) {
  if (/\.(rs|c|h|cpp|hpp)$/.test(path)) return fromCurly(source);
  if (/\.(ts|tsx|mts|mjs|js)$/.test(path)) return fromTypeScript(source, path);
  if (/\.md$/.test(path)) return fromMarkdown(source);
  return source.split('\n').map((text, index) => piece('page', text, index + 1));
}
