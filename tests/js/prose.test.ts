import { describe, expect, it } from 'vitest';
// @ts-expect-error The repository's scripts are plain JavaScript.
import { breaches } from '../../scripts/lib/prose/rules.mjs';
// @ts-expect-error The repository's scripts are plain JavaScript.
import { subjectFault } from '../../scripts/lib/prose/subject.mjs';

const rulesOf = (path: string, source: string): string[] =>
  (breaches as (path: string, source: string) => { rule: string }[])(path, source).map(({ rule }) => rule);
const fault = subjectFault as (subject: string) => string | null;

describe('the style check', () => {
  it.each([
    ['a comment in Rust', 'src/a.rs', '// The caller is told of it.\nfn a() {}'],
    ['a phrase over two lines', 'src/a.rs', '// The upload goes\n// on.\nfn a() {}'],
    ['a string in Rust', 'src/a.rs', 'const A: &str = "the key is no key";'],
    ['a comment in TypeScript', 'js/a.ts', '/** Nobody reads it. */\nexport const a = 1;'],
    ['a template in TypeScript', 'js/a.ts', 'export const a = (b: string) => `${b} is begun`;'],
    ['text in a page', 'js/a.tsx', 'export const A = () => <p>Somebody posted.</p>;'],
    ['a page of the documentation', 'docs/a.md', 'The limits are no\nlimits.'],
  ])('reports a banned phrase in %s', (_, path, source) => {
    expect(rulesOf(path, source)).toEqual(['turn']);
  });

  it.each([
    ['code', 'src/a.rs', 'fn begun() { told(); }'],
    ['code between backticks', 'docs/a.md', 'Call `told()`.'],
    ['a block of code', 'docs/a.md', '```\nnobody\n```'],
    ['"there is no"', 'src/a.rs', '// There is no limit.'],
    ['"is no longer"', 'src/a.rs', '// The key is no longer used.'],
  ])('accepts %s', (_, path, source) => {
    expect(rulesOf(path, source)).toEqual([]);
  });

  it('reports a doc comment that starts with a question word', () => {
    expect(rulesOf('src/a.rs', '/// How often it runs.\nconst A: u8 = 1;')).toEqual(['question']);
    expect(rulesOf('src/a.rs', '/// Returns the count.\n/// What follows is in order.\nfn a() {}')).toEqual([]);
  });

  it('reports a test name that is too long', () => {
    const long = 'a'.repeat(61);
    expect(rulesOf('src/a.rs', `#[test]\nfn ${long}() {}`)).toEqual(['test-name']);
    expect(rulesOf('src/a.rs', `fn ${long}() {}`)).toEqual([]);
    expect(rulesOf('tests/js/a.test.ts', `it('${long}', () => {});`)).toEqual(['test-name']);
  });

  it('reports an error text with a capital letter or a full stop', () => {
    expect(rulesOf('src/a.rs', 'Error::invalid("Wrong size")')).toEqual(['error-text']);
    expect(rulesOf('src/a.rs', 'Error::new(ErrorKind::Config, "wrong size.")')).toEqual(['error-text']);
    expect(rulesOf('src/a.rs', 'Error::invalid("TikTok refused it; try later")')).toEqual([]);
  });

  it.each([
    ['a capital letter', "throw new ToklinkError({ code: 'CONFIG', message: 'The file is missing' });"],
    ['a single capital letter', "throw new Error('A file is missing');"],
    ['a full stop', "throw new UsageError('the file is missing.');"],
    ['a full stop after a value', 'throw new UsageError(`use one of ${names}.`);'],
    ['a full stop in one of two texts', "throw new Error(ok ? 'the file is missing' : 'no file.');"],
    ['a full stop in a sum', "throw new Error('the file is ' + name + ' is missing.');"],
  ])('reports a TypeScript error with %s', (_, source) => {
    expect(rulesOf('js/a.ts', source)).toEqual(['error-text']);
  });

  it.each([
    ['the name of a product', "throw new Error('TikTok refused it; try later');"],
    ['an identifier', 'throw new Error(`${method} rejected; see the log`);'],
    ['a text for pages', "throw new HttpError(400, 'BAD_REQUEST', 'Choose a video first.');"],
    ['a value without text', 'throw new ToklinkError({ code, message });'],
  ])('accepts a TypeScript error with %s', (_, source) => {
    expect(rulesOf('js/a.ts', source)).toEqual([]);
  });
});

describe('the commit subject check', () => {
  it.each(['fix(publish): stop before the next request', 'docs: process webhooks once', 'feat(c)!: pass options as structs'])(
    'accepts "%s"',
    (subject) => expect(fault(subject)).toBeNull(),
  );

  it.each([
    ['no type', 'stop before the next request'],
    ['an unknown type', 'stuff: stop'],
    ['the past tense', 'fix: stopped before the next request'],
    ['the third person', 'fix: stops before the next request'],
    ['a gerund', 'fix: stopping before the next request'],
    ['a question word', 'test: what a damaged store is told as'],
    ['an article', 'fix: the store stops'],
    ['a capital first letter', 'fix: Stop'],
    ['a full stop', 'fix: stop.'],
    ['73 characters', `fix: stop ${'a'.repeat(63)}`],
  ])('rejects %s', (_, subject) => expect(fault(subject)).not.toBeNull());
});
