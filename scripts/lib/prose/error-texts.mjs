// Finds the error messages in a source file.

import ts from 'typescript';

/** Matches an error message in Rust: the first string in a call to `Error::…`. */
const RUST_ERROR = /\bError::\w+\((?:[^"();]|\([^"()]*\))*?"((?:\\[\s\S]|[^"\\])*)"/g;
/** Errors whose messages are shown on pages, so they are written as sentences. */
const FOR_PAGES = /^(HttpError|AccessDenied)$/;

const lineOf = (source, position) => source.slice(0, position).split('\n').length;

function* fromRust(source) {
  for (const match of source.matchAll(RUST_ERROR)) {
    yield { text: match[1].replace(/\\\n\s*/g, ''), line: lineOf(source, match.index) };
  }
}

/** Yields the possible texts of an expression, with `{}` in place of each value. */
function* textsOf(node) {
  if (ts.isStringLiteralLike(node)) yield node.text;
  else if (ts.isTemplateExpression(node)) yield node.head.text + node.templateSpans.map(({ literal }) => `{}${literal.text}`).join('');
  else if (ts.isParenthesizedExpression(node)) yield* textsOf(node.expression);
  else if (ts.isConditionalExpression(node)) yield* [...textsOf(node.whenTrue), ...textsOf(node.whenFalse)];
  else if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken) {
    const left = [...textsOf(node.left), '{}'][0];
    const right = [...textsOf(node.right), '{}'][0];
    yield left + right;
  }
}

/** Returns the message of `new …Error(message)` or `new …Error({ message })`. */
function messageOf(node) {
  if (!ts.isNewExpression(node) || !ts.isIdentifier(node.expression)) return undefined;
  const name = node.expression.text;
  if (!name.endsWith('Error') || FOR_PAGES.test(name)) return undefined;
  const [first] = node.arguments ?? [];
  if (first === undefined || !ts.isObjectLiteralExpression(first)) return first;
  return first.properties.find((property) => ts.isPropertyAssignment(property) && property.name.getText() === 'message')?.initializer;
}

function* fromTypeScript(source, path) {
  const file = ts.createSourceFile(path, source, ts.ScriptTarget.Latest, true);
  const nodes = [file];
  for (let node = nodes.pop(); node !== undefined; node = nodes.pop()) {
    const message = messageOf(node);
    if (message !== undefined) for (const text of textsOf(message)) yield { text, line: lineOf(source, message.getStart(file)) };
    node.forEachChild((child) => void nodes.push(child));
  }
}

/** Yields the text and line of each error that the core or the npm package creates. */
export function* errorTexts(path, source) {
  if (/^src\/.*\.rs$/.test(path) && !path.endsWith('_tests.rs')) yield* fromRust(source);
  if (/^js\/.*\.tsx?$/.test(path)) yield* fromTypeScript(source, path);
}
