import { describe, expect, it } from 'vitest';
import { variable } from '../../js/runtime/environment.js';
import { ToklinkError } from '../../js/errors.js';
import { ownAddress } from '../../js/http/origin.js';
import { createTikTokHandlers } from '../../js/next.js';

const CALLBACK = 'https://example.com/api/social/tiktok/callback';

describe('environment variables', () => {
  it.each([CALLBACK, ` ${CALLBACK}\n`, `"${CALLBACK}"`, `'${CALLBACK}'`, `" ${CALLBACK}\r\n"\n`])('parses a variable as the Rust core does: %j', (text) => {
    expect(variable({ A: text }, 'A')).toBe(CALLBACK);
    expect(ownAddress({ TIKTOK_CALLBACK_URL: text }).redirectUri).toBe(CALLBACK);
    expect(ownAddress({ NEXTAUTH_URL: text }).origin).toBe('https://example.com');
  });

  it.each(['', ' ', '""', "'\n'"])('treats an empty variable as missing: %j', (text) => {
    expect(variable({ A: text }, 'A')).toBeUndefined();
    expect(ownAddress({ TIKTOK_CALLBACK_URL: text }).origin).toBe('http://localhost:3000');
  });

  it('adds a scheme to VERCEL_URL', () => {
    expect(ownAddress({ VERCEL_URL: 'app.vercel.app' }).redirectUri).toBe('https://app.vercel.app/api/social/tiktok/callback');
    expect(ownAddress({ NEXTAUTH_URL: 'localhost:3100' }).origin).toBe('http://localhost:3100');
  });

  it.each(['TIKTOK_CALLBACK_URL', 'NEXTAUTH_URL', 'VERCEL_URL', 'NEXT_PUBLIC_APP_URL'])('names a variable that is not a web URL: %s', (name) => {
    for (const text of [`"${CALLBACK}`, `""${CALLBACK}""`, '\u201chttps://p4ss\u201d', 'https://p4ss word', 'ftp://p4ss', 'https://u:p4ss@example.com', 'https://']) {
      const read = (): unknown => ownAddress({ [name]: text });
      const problems = [expect.objectContaining({ variable: name })] as unknown[];
      expect(read, text).toThrow(expect.objectContaining({ code: 'CONFIG', problems }));
      expect(read, text).not.toThrow(/p4ss/);
      expect(read).toThrow(ToklinkError);
    }
  });
});

describe('the URL of the app', () => {
  it('reads the app URL from NEXT_PUBLIC_APP_URL last', () => {
    const NEXT_PUBLIC_APP_URL = 'https://public.example';
    expect(ownAddress({ NEXT_PUBLIC_APP_URL }).redirectUri).toBe('https://public.example/api/social/tiktok/callback');
    expect(ownAddress({ NEXT_PUBLIC_APP_URL, VERCEL_URL: 'app.vercel.app' }).origin).toBe('https://app.vercel.app');
    expect(ownAddress({ NEXT_PUBLIC_APP_URL, NEXTAUTH_URL: 'https://auth.example' }).origin).toBe('https://auth.example');
  });

  const start = (env: Record<string, string>): unknown =>
    createTikTokHandlers({
      client: () => {
        throw new Error('the test did not expect a call of the client');
      },
      auth: () => null,
      permissions: () => {},
      workspaces: { byId: () => null },
      accounts: { find: async () => [] },
      env,
    });

  it('requires the app URL when a production server starts', () => {
    const problems = [expect.objectContaining({ variable: 'TIKTOK_CALLBACK_URL' })] as unknown[];
    const fault = expect.objectContaining({ code: 'CONFIG', problems });
    expect(() => start({ NODE_ENV: 'production' })).toThrow(fault);
    expect(() => start({ NODE_ENV: 'production', NEXTAUTH_URL: ' ' })).toThrow(fault);
    expect(() => ownAddress({ NODE_ENV: 'production' })).toThrow(fault);
    // An explicit localhost URL is accepted.
    expect(() => start({ NODE_ENV: 'production', NEXTAUTH_URL: 'http://localhost:3000' })).not.toThrow();
    for (const name of ['TIKTOK_CALLBACK_URL', 'VERCEL_URL', 'NEXT_PUBLIC_APP_URL']) {
      expect(() => start({ NODE_ENV: 'production', [name]: 'https://app.example/cb' }), name).not.toThrow();
    }
  });

  it('requires no app URL in development or during a build', () => {
    expect(() => start({ NODE_ENV: 'development' })).not.toThrow();
    expect(() => start({ NODE_ENV: 'production', NEXT_PHASE: 'phase-production-build' })).not.toThrow();
  });
});
