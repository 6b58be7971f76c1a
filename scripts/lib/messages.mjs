// Finds the messages in a source file: the texts that users of the library, the command line and the pages read.

import ts from 'typescript';
import { textsOf } from './prose/extract.mjs';

/** A message has at least three words. Shorter texts are names, codes or labels of a single control. */
const SENTENCE = /\p{L}[\p{L}\p{P}]*\s+\S+\s+\S/u;
const STATEMENT = /^\s*(--|SELECT|INSERT|UPDATE|DELETE|CREATE|ALTER|DROP|PRAGMA|BEGIN|WITH|REPLACE|local |return redis|select |insert |update |delete )/;

const tidy = (text) => text.replace(/\s+/g, ' ').trim();
const isMessage = (text) => SENTENCE.test(text) && !STATEMENT.test(text);

/** Removes the tests at the end of a Rust file, and all attributes. */
function withoutTests(source) {
  const [code] = source.split(/^#\[cfg\(test\)\]\n(?:#\[path[^\n]*\n)?mod /m);
  return code.replace(/#!?\[(?:[^\[\]"]|"(?:\\[\s\S]|[^"\\])*"|\[[^\]]*\])*\]/g, (attribute) => attribute.replace(/[^\n]/g, ' '));
}

function fromRust(path, source) {
  const strings = textsOf(path, withoutTests(source)).filter(({ kind }) => kind === 'string');
  return strings.map(({ text }) => text.replaceAll('\\"', '"').replaceAll('\\n', ' '));
}

/** Returns the text of a template or a concatenation, with `{}` in place of each value. */
function textOf(node) {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isTemplateExpression(node)) return node.head.text + node.templateSpans.map(({ literal }) => `{}${literal.text}`).join('');
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken) {
    return `${textOf(node.left) ?? '{}'}${textOf(node.right) ?? '{}'}`;
  }
  return null;
}

/** Returns the text of an element, with `{}` in place of each value and each nested element. */
function textOfElement(node) {
  return node.children.map((child) => (ts.isJsxText(child) ? child.text : isText(child) ? child.expression.text : '{}')).join('');
}

const isText = (child) => ts.isJsxExpression(child) && child.expression !== undefined && ts.isStringLiteralLike(child.expression);

function fromTypeScript(path, source) {
  const file = ts.createSourceFile(path, source, ts.ScriptTarget.Latest, true);
  const found = [];
  const visit = (node) => {
    if (ts.isImportDeclaration(node) || ts.isTypeNode(node)) return;
    if (ts.isJsxElement(node) || ts.isJsxFragment(node)) found.push(textOfElement(node));
    const text = textOf(node);
    if (text !== null) found.push(text);
    if (text === null) node.forEachChild(visit);
    else if (!ts.isStringLiteralLike(node)) valuesOf(node, visit);
  };
  visit(file);
  return found;
}

/** Visits the values in a template or a concatenation, which can contain texts themselves. */
function valuesOf(node, visit) {
  if (ts.isTemplateExpression(node)) node.templateSpans.forEach(({ expression }) => visit(expression));
  else if (ts.isBinaryExpression(node)) [node.left, node.right].forEach((side) => (textOf(side) === null ? visit(side) : valuesOf(side, visit)));
}

/** Returns the distinct messages of one file in source order. */
export function messagesOf(path, source) {
  const texts = path.endsWith('.rs') ? fromRust(path, source) : fromTypeScript(path, source);
  return [...new Set(texts.map(tidy).filter(isMessage))];
}
