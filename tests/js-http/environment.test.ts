import { describe, expect, it } from 'vitest';
import { variable } from '../../js/environment.js';
import { ToklinkError } from '../../js/errors.js';
import { ownAddress } from '../../js/http/origin.js';

const CALLBACK = 'https://example.com/api/social/tiktok/callback';

describe('a variable', () => {
  it.each([CALLBACK, ` ${CALLBACK}\n`, `"${CALLBACK}"`, `'${CALLBACK}'`, `" ${CALLBACK}\r\n"\n`])('is read as the core reads it: %j', (text) => {
    expect(variable({ A: text }, 'A')).toBe(CALLBACK);
    expect(ownAddress({ TIKTOK_CALLBACK_URL: text }).redirectUri).toBe(CALLBACK);
    expect(ownAddress({ NEXTAUTH_URL: text }).origin).toBe('https://example.com');
  });

  it.each(['', ' ', '""', "'\n'"])('counts as absent when it holds nothing: %j', (text) => {
    expect(variable({ A: text }, 'A')).toBeUndefined();
    expect(ownAddress({ TIKTOK_CALLBACK_URL: text }).origin).toBe('http://localhost:3000');
  });

  it('keeps the scheme that hosts of Vercel lack', () => {
    expect(ownAddress({ VERCEL_URL: 'app.vercel.app' }).redirectUri).toBe('https://app.vercel.app/api/social/tiktok/callback');
    expect(ownAddress({ NEXTAUTH_URL: 'localhost:3100' }).origin).toBe('http://localhost:3100');
  });

  it.each(['TIKTOK_CALLBACK_URL', 'NEXTAUTH_URL', 'VERCEL_URL'])('%s is named when it is not a web address', (name) => {
    for (const text of [`"${CALLBACK}`, `""${CALLBACK}""`, '\u201chttps://p4ss\u201d', 'https://p4ss word', 'ftp://p4ss', 'https://u:p4ss@example.com', 'https://']) {
      const read = (): unknown => ownAddress({ [name]: text });
      expect(read, text).toThrow(expect.objectContaining({ code: 'CONFIG' }));
      expect(read, text).toThrow(new RegExp(`^${name} is not the address of a page`));
      expect(read, text).not.toThrow(/p4ss/);
      expect(read).toThrow(ToklinkError);
    }
  });
});
