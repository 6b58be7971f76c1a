import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
// @ts-expect-error The repository's scripts are plain JavaScript.
import { messagesOf } from '../../scripts/lib/messages.mjs';

describe('the message snapshot', () => {
  it('finds a Rust error and keeps its placeholder', () => {
    const source = 'fn f() { Error::config(format!("port {port} is invalid; \\\n    use a number")) } // "this is not a message"';
    expect(messagesOf('src/a.rs', source)).toEqual(['port {port} is invalid; use a number']);
  });

  it('skips attributes, SQL and the tests of a Rust file', () => {
    const source = '#[doc = "text of an attribute"]\nconst Q: &str = "SELECT id FROM accounts";\n#[cfg(test)]\nmod tests {\n  const A: &str = "only in a test";\n}';
    expect(messagesOf('src/a.rs', source)).toEqual([]);
  });

  it('replaces each value of a TypeScript template', () => {
    expect(messagesOf('js/a.ts', "throw new E('config', `no file at ${path}; create it`)")).toEqual(['no file at {}; create it']);
  });

  it('joins concatenated texts into one message', () => {
    expect(messagesOf('js/a.ts', "f('no file at ' + path + '; create it')")).toEqual(['no file at {}; create it']);
  });

  it('finds the text of a component but not its imports', () => {
    const source = "import a from 'not a message';\nconst p = <p>Log in again, {name}</p>;";
    expect(messagesOf('js/a.tsx', source)).toEqual(['Log in again, {}']);
  });

  it('finds a message that a change adds', () => {
    const before = messagesOf('js/a.ts', "f('the first message')");
    expect(messagesOf('js/a.ts', "f('the first message'); f('a second message')")).toEqual([...before, 'a second message']);
  });
});

it('the troubleshooting table quotes only existing messages', () => {
  const page = readFileSync('docs/TIKTOK_INTEGRATION.md', 'utf8');
  const messages = readFileSync('tests/messages.snap', 'utf8');
  const symptoms = [...page.matchAll(/^\| (".*?) \|/gm)].map(([, cell]) => cell ?? '');
  const quoted = symptoms.flatMap((cell) => [...cell.matchAll(/"([^"]+)"/g)].map(([, text]) => text ?? ''));
  expect(quoted.length).toBeGreaterThan(15);
  const missing = quoted.filter((text) => !messages.includes(text.replace(/ \d.*| \.\.\..*/, '')));
  // This text comes from TikTok, so the snapshot does not contain it.
  expect(missing).toEqual(['The request parameters are malformed']);
});
