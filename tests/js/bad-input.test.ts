import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Client, ERROR_CODES, ToklinkError, probeVideo } from '../../js/index.js';
import type { ClientOptions, ErrorCode, PublishVideoInput } from '../../js/index.js';
import { connect, options, withEmulator, writeVideo } from './connected.js';
import { APP, KEY } from './emulator.js';

const { emulator, folder } = withEmulator();
let client: Client;

beforeEach(() => {
  client = new Client(options(emulator()));
});
afterEach(() => client.close());

/** Resolves to the error of a promise or a function. Fails unless the error is a `ToklinkError` with a message. */
async function errorOf(work: Promise<unknown> | (() => unknown)): Promise<ToklinkError> {
  try {
    await (typeof work === 'function' ? work() : work);
  } catch (error) {
    expect(error).toBeInstanceOf(ToklinkError);
    const toklink = error as ToklinkError;
    expect(ERROR_CODES).toContain(toklink.code);
    expect(toklink.message.length).toBeGreaterThan(20);
    expect(Object.keys(toklink.toJSON()).sort()).toEqual(
      [
        'code',
        'failReason',
        'httpStatus',
        'idempotencyKey',
        'logId',
        'mayHaveBeenSent',
        'message',
        'operation',
        'owner',
        'problems',
        'publishId',
        'reason',
        'retryAfterMs',
        'retryable',
        'safeToRepeat',
        'tiktokCode',
      ].sort(),
    );
    return toklink;
  }
  throw new Error('nothing was refused');
}

describe('the client configuration', () => {
  it('lists all problems at once when nothing is set', async () => {
    const error = await errorOf(() => new Client({ clientKey: '', clientSecret: '', encryptionKey: '' }));
    expect(error.code).toBe('CONFIG');
    const names = error.problems.map(({ variable }) => variable);
    expect(names).toEqual(['TIKTOK_CLIENT_KEY', 'TIKTOK_CLIENT_SECRET', 'TOKEN_ENCRYPTION_KEY']);
  });

  it.each<[string, Partial<ClientOptions>]>([
    ['an encryption key of the wrong length', { encryptionKey: 'abc123' }],
    ['an encryption key that is not hex', { encryptionKey: 'zz'.repeat(32) }],
    ['an API URL without TLS', { apiBaseUrl: 'http://example.com' }],
    ['an auth URL that is not a URL', { authBaseUrl: 'nonsense' }],
    ['a store that is a folder', { store: { sqlite: '/' } }],
    ['a store without methods', { store: {} as never }],
    ['an unknown store name', { store: 'redis' as never }],
    ['an unknown quota policy', { quotaPolicy: 'generous' as never }],
  ])('rejects %s', async (_, wrong) => {
    const error = await errorOf(() => new Client({ ...options(emulator()), ...wrong }));
    expect(['CONFIG', 'INVALID_INPUT']).toContain(error.code);
    expect(inspect(error, { depth: 9 })).not.toContain('zzzz');
  });

  it('rejects a misspelt option', async () => {
    const error = await errorOf(() => new Client({ ...options(emulator()), acceptLegazy: true } as ClientOptions));
    expect(error.message).toContain('acceptLegazy');
  });
});

describe('a publish with invalid input', () => {
  const wrongFiles: [string, (path: string) => Promise<unknown>, ErrorCode][] = [
    ['an unknown file', async () => undefined, 'NOT_FOUND'],
    ['an empty file', (path) => writeFile(path, ''), 'INVALID_INPUT'],
    ['a directory', (path) => mkdir(path), 'INVALID_INPUT'],
    ['a text file named .mp4', (path) => writeFile(path, 'hello, I am a text file\n'.repeat(100)), 'REJECTED'],
  ];

  it.each(wrongFiles)('rejects %s and sends nothing', async (name, make, code) => {
    const account = await connect(client, emulator());
    const file = join(folder(), `${name.replaceAll(' ', '-')}.mp4`);
    await make(file);
    const error = await errorOf(client.publishVideo(account, { file, privacyLevel: 'SELF_ONLY' }));
    const probed = await errorOf(probeVideo(file));
    expect([code, 'INVALID_INPUT', 'REJECTED']).toContain(error.code);
    expect(probed.code).toBe(error.code);
    expect(error.mayHaveBeenSent).toBe(false);
    expect(await emulator().posts()).toEqual([]);
  });

  const wrongInputs: [string, Partial<PublishVideoInput>][] = [
    ['a post without a privacy level', { privacyLevel: undefined as never }],
    ['a post with an unknown privacy level', { privacyLevel: 'FRIENDS' as never }],
    ['a post with a privacy level that the creator cannot use', { privacyLevel: 'FOLLOWER_OF_CREATOR' }],
    ['a post with a title over 2200 UTF-16 units', { title: '🎬'.repeat(1101) }],
    ['a post with a misspelt option', { allowComments: true } as never],
    ['a post with a title that is not a string', { title: 7 as never }],
  ];

  it.each(wrongInputs)('rejects %s before a request is sent', async (_, wrong) => {
    const account = await connect(client, emulator());
    const file = join(folder(), 'clip.mp4');
    await writeVideo(file, 1_000_000);
    const error = await errorOf(client.publishVideo(account, { file, privacyLevel: 'SELF_ONLY', ...wrong }));
    expect(['INVALID_INPUT', 'PERMISSION_DENIED']).toContain(error.code);
    expect(await emulator().posts()).toEqual([]);
  });

  it('rejects an account that is not connected with NOT_FOUND', async () => {
    const file = join(folder(), 'clip.mp4');
    await writeVideo(file, 1_000_000);
    const error = await errorOf(client.publishVideo('unknown', { file, privacyLevel: 'SELF_ONLY' }));
    expect(error.code).toBe('NOT_FOUND');
  });

  it.each(['cleo.banned', 'dan.capped'])('rejects a post by %s with a message', async (username) => {
    const account = await connect(client, emulator(), { username });
    const file = join(folder(), 'clip.mp4');
    await writeVideo(file, 1_000_000);
    const error = await errorOf(client.publishVideo(account, { file, privacyLevel: 'SELF_ONLY' }));
    expect(error.tiktokCode).toMatch(/^spam_risk_/);
    expect(await emulator().posts()).toEqual([]);
  });
});

describe('completeLogin', () => {
  it('rejects a login that another user started', async () => {
    const login = await client.beginLogin({ userId: 'olivia' });
    const callback = await emulator().consent(login.authorizeUrl);
    const cookies = { [login.cookie.name]: login.cookie.value };
    const error = await errorOf(client.completeLogin({ callback, cookies, userId: 'victor' }));
    expect(['PERMISSION_DENIED', 'INTEGRITY']).toContain(error.code);
    expect((await errorOf(client.completeLogin({ callback, cookies: {}, userId: 'olivia' }))).code).toBe('INTEGRITY');
    expect(await client.accounts()).toEqual([]);
  });

  it('accepts a callback once and only with its own cookie', async () => {
    const login = await client.beginLogin({ userId: 'olivia' });
    const other = await client.beginLogin({ userId: 'olivia' });
    const callback = await emulator().consent(login.authorizeUrl);
    const foreign = { [other.cookie.name]: other.cookie.value };
    expect((await errorOf(() => client.inspectLogin({ callback, cookies: foreign }))).code).toBe('INTEGRITY');
    const cookies = { [login.cookie.name]: login.cookie.value };
    await client.completeLogin({ callback, cookies, userId: 'olivia' });
    const replayed = await errorOf(client.completeLogin({ callback, cookies, userId: 'olivia' }));
    expect(['INTEGRITY', 'CONFLICT']).toContain(replayed.code);
  });

  it('stores nothing when the user denies consent', async () => {
    const login = await client.beginLogin({ userId: 'olivia' });
    const callback = await emulator().consent(login.authorizeUrl, { decision: 'deny' });
    const cookies = { [login.cookie.name]: login.cookie.value };
    const error = await errorOf(client.completeLogin({ callback, cookies, userId: 'olivia' }));
    expect(error.owner).toBe('user');
    expect(['UNAUTHORIZED', 'PERMISSION_DENIED', 'CANCELLED']).toContain(error.code);
    expect(await client.accounts()).toEqual([]);
  });
});

describe('a client method', () => {
  it.each<[string, (client: Client) => unknown]>([
    ['no account', (c) => c.userInfo(undefined as never)],
    ['an empty account', (c) => c.userInfo('')],
    ['a numeric account', (c) => c.quotaStatus({ accountId: 7 } as never)],
    ['a numeric account for checkQuota', (c) => c.checkQuota({ accountId: 7 } as never, 'userInfo')],
    ['no account for checkQuota', (c) => c.checkQuota(undefined as never, 'userInfo')],
    ['an empty account for incrementQuota', (c) => c.incrementQuota('', 'userInfo')],
    ['an unknown kind of quota', (c) => c.checkQuota('a', 'likes' as never)],
    ['an account id with an unpaired surrogate', (c) => c.incrementQuota('\ud83c', 'userInfo')],
    ['a missing authorization request', (c) => c.authorizeUrl(undefined as never)],
    ['a page size of 21', (c) => c.listVideos('a', { maxCount: 21 })],
    ['a page size of 0', (c) => c.listVideos('a', { maxCount: 0 })],
    ['no ids', (c) => c.queryVideos('a', [])],
    ['21 ids', (c) => c.queryVideos('a', Array.from({ length: 21 }, (_, i) => `70000000000000000${i + 10}`))],
    ['a path that is not a string', (c) => c.probeVideo(7 as never)],
    ['a value that JSON cannot represent', (c) => c.seal({ accountId: 'a', field: 'f' }, 7n as never)],
  ])('rejects %s with INVALID_INPUT', async (_, call) => {
    const error = await errorOf(() => call(client));
    expect(['INVALID_INPUT', 'NOT_FOUND']).toContain(error.code);
  });
});

describe('client errors', () => {
  it('reports UNAVAILABLE without a network', async () => {
    await using offline = new Client({ ...options(emulator()), apiBaseUrl: 'http://127.0.0.1:1' });
    const error = await errorOf(offline.exchangeCode({ code: 'c0de-secret', redirectUri: 'https://x.example/cb' }));
    expect(error).toMatchObject({ code: 'UNAVAILABLE', owner: 'tiktok' });
    expect(inspect(error, { depth: 9 })).not.toContain('c0de-secret');
  });

  it('keeps secrets out of every error', async () => {
    const account = await connect(client, emulator());
    await emulator().faults({ endpoint: '*', times: 0, status: 500, body: '<html>act.leak rft.leak</html>' });
    const errors = [
      await errorOf(client.userInfo(account)),
      await errorOf(client.refreshTokens('rft.my-secret-token')),
      await errorOf(client.revoke('act.my-secret-token')),
      await errorOf(() => new Client({ clientKey: APP.clientKey, clientSecret: APP.clientSecret, encryptionKey: 'k3y' })),
      await errorOf(() => client.unseal({ accountId: 'a', field: 'f' }, 'not-sealed-at-all')),
    ];
    for (const error of errors) {
      const shown = inspect(error, { depth: 9, showHidden: true }) + JSON.stringify(error) + String(error.stack);
      for (const secret of [APP.clientSecret, KEY, '.leak', 'my-secret', 'k3y', 'not-sealed-at-all']) {
        expect(shown).not.toContain(secret);
      }
    }
  });

  it('keeps secrets out of a printed client', () => {
    const shown = inspect(client, { depth: 9, showHidden: true });
    expect(shown).not.toContain(APP.clientSecret);
    expect(shown).not.toContain(KEY);
  });
});
