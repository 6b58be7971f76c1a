import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ownAddress, ownUrl } from '../../js/http/origin.js';

const ADDRESS = ownAddress({ NEXTAUTH_URL: 'https://app.example.test:8443' });
/** Characters that a URL parser removes, replaces or treats as separators. */
const NASTY = fc.string({ unit: fc.constantFrom('/', '\\', '\t', '\n', '\r', ' ', '@', ':', '[', ']', '?', '#', '.', '%', 'e', '\0', '\ud800', '／') });

describe('ownUrl', () => {
  it.each(['/\t/evil.test', '/\n/evil.test', '/\r\\evil.test', '//evil.test', '/\\evil.test', 'https://evil.test', '//u:p@app.example.test:8443/', '//['])(
    'stays on the same origin for %j',
    (path) => {
      expect(ownUrl(ADDRESS, path)).toBe('https://app.example.test:8443/');
    },
  );

  it('keeps a path of the same origin and adds the query', () => {
    expect(ownUrl(ADDRESS, '/orbit/a b?x=1#y', { error: 'A&B' })).toBe('https://app.example.test:8443/orbit/a%20b?x=1&error=A%26B#y');
  });

  it('returns a URL of the same origin for any input', () => {
    const paths = fc.oneof(fc.string({ unit: 'binary' }), NASTY.map((rest) => `/${rest}`), fc.webUrl(), NASTY.map((rest) => `/${rest}evil.test`));
    fc.assert(
      fc.property(paths, fc.dictionary(fc.string(), fc.string()), (path, query) => {
        const url = new URL(ownUrl(ADDRESS, path, query));
        expect([url.origin, url.username, url.password]).toEqual(['https://app.example.test:8443', '', '']);
      }),
      { numRuns: 2000 },
    );
  });
});
