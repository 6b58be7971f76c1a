import { createReadStream } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { ToklinkError } from '../../js/index.js';
import {
  createSocialClient,
  generatePKCE,
  getSocialAuthUrl,
  PLATFORM_CAPABILITIES,
  TikTokClient,
} from '../../js/social.js';
import type { ISocialClient } from '../../js/social.js';
import { CALLBACK, withEmulator, writeVideo } from './connected.js';
import { APP } from './emulator.js';

const { emulator, folder } = withEmulator();

beforeEach(() => {
  for (const [name, value] of Object.entries(emulator().env())) vi.stubEnv(name, value);
});
afterEach(() => {
  vi.unstubAllEnvs();
  // Removes the shared client, because the emulator is reset before each test.
  delete (globalThis as Record<symbol, unknown>)[Symbol.for('toklink.social')];
});

/** Logs in as the dashboard does. */
async function connected({ without = [] as string[], username = 'ana.makes' } = {}) {
  const client: ISocialClient = await createSocialClient('TIKTOK');
  const { codeVerifier, codeChallenge } = generatePKCE();
  const callback = await emulator().consent(client.getAuthUrl(CALLBACK, 'state-1', codeChallenge), { username, without });
  const code = new URL(callback).searchParams.get('code') ?? '';
  const tokens = await client.exchangeCodeForTokens(code, CALLBACK, codeVerifier);
  return { client, tokens };
}

/** Resolves to the error of a call that must fail. */
const failure = (call: Promise<unknown>): Promise<Error> =>
  call.then(
    () => Promise.reject(new Error('it did not fail')),
    (fault: Error) => fault,
  );

describe('login of createSocialClient', () => {
  it('converts a base64url challenge to hex', () => {
    const hex = 'e6a178b120743d08509508f269652b0bdf91e29332921bc9e9744fd3dd41bfef';
    for (const challenge of [hex, Buffer.from(hex, 'hex').toString('base64url')]) {
      const url = new URL(getSocialAuthUrl('TIKTOK', CALLBACK, 'state-1', challenge));
      expect(url.searchParams.get('code_challenge')).toBe(hex);
      expect(url.searchParams.get('state')).toBe('state-1');
      expect(url.searchParams.get('redirect_uri')).toBe(CALLBACK);
    }
  });

  it('exchanges the code and refreshes the tokens', async () => {
    const { client, tokens } = await connected();
    expect(tokens).toMatchObject({ tokenType: 'Bearer', accessToken: expect.stringMatching(/^act\./) });
    expect(tokens.scope?.split(',')).toContain('video.list');
    const renewed = await client.refreshAccessToken?.(tokens.refreshToken ?? '');
    expect(renewed?.accessToken).not.toBe(tokens.accessToken);
    expect(renewed?.expiresAt?.getTime()).toBeGreaterThan(Date.now());
    expect((await client.getAccountInfo()).displayName).toBe('Ana');
  });

  it('rejects with a message and the typed error as its cause', async () => {
    const client = new TikTokClient();
    const fault = await failure(client.exchangeCodeForTokens('used', CALLBACK, 'v'.repeat(43)));
    expect(fault.cause).toBeInstanceOf(ToklinkError);
    expect(fault.message).toContain((fault.cause as ToklinkError).message);
    const renewal = await failure(client.refreshAccessToken('rft.gone'));
    expect(renewal.message).not.toMatch(/refreshAccessToken/);
    expect(renewal.cause).toMatchObject({ code: 'UNAUTHORIZED' });
    expect((await failure(client.getAccountInfo())).message).toContain('exchangeCodeForTokens');
    vi.stubEnv('TIKTOK_CLIENT_KEY', '');
    delete (globalThis as Record<symbol, unknown>)[Symbol.for('toklink.social')];
    expect(() => client.getAuthUrl(CALLBACK, 'state-1')).toThrow('TIKTOK_CLIENT_KEY');
  });
});

describe('reads of createSocialClient', () => {
  it('works with only an access token', async () => {
    const { client, tokens } = await connected();
    const bare = new TikTokClient({ accessToken: tokens.accessToken });
    const info = await bare.getAccountInfo();
    expect(info).toEqual(await client.getAccountInfo());
    expect(info).toMatchObject({ username: 'ana.makes', displayName: 'Ana', followersCount: expect.any(Number) });
    const late = new TikTokClient();
    late.setAccessToken(tokens.accessToken);
    expect((await late.getPosts(1)).length).toBe(1);
  });

  it('reports an invalid token with a hint to refresh it', async () => {
    const { client } = await connected();
    await client.getAccountInfo();
    await emulator().post('act', { kind: 'revoke', client_key: APP.clientKey, username: 'ana.makes' });
    for (const call of [() => client.getMetrics(), () => client.getPosts(1)]) {
      const fault = await failure(call());
      expect(fault.message).toContain('refreshAccessToken');
      expect(fault.cause).toMatchObject({ code: 'UNAUTHORIZED', owner: 'user' });
    }
    const again = await connected();
    expect(await again.client.getAccountInfo()).toMatchObject({ username: 'ana.makes' });
  });

  it('returns an empty username when its scope is not granted', async () => {
    const { client } = await connected({ without: ['user.info.profile', 'user.info.stats'] });
    const info = await client.getAccountInfo();
    expect(info).toMatchObject({ username: '', displayName: 'Ana' });
    expect(info.followersCount).toBeUndefined();
  });

  it('lists the requested number of videos, each once', async () => {
    const { client } = await connected();
    const posts = await client.getPosts(43);
    expect(posts).toHaveLength(43);
    expect(new Set(posts.map((post) => post.id)).size).toBe(43);
    const [{ metrics, ...first } = { metrics: undefined }] = posts;
    expect(first).toMatchObject({ platform: 'TIKTOK', publishedAt: expect.any(Date), url: expect.stringMatching(/^https:/) });
    if (metrics?.impressions === undefined) throw new Error('no metrics');
    const acts = metrics.likes + metrics.comments + metrics.shares;
    expect(metrics.engagementRate).toBeCloseTo((acts / metrics.impressions) * 100);
    expect(await client.getPosts(0)).toEqual([]);
    expect(await client.getPosts(1000)).toHaveLength(45);
  });

  it('returns the metrics of the account', async () => {
    const { client } = await connected();
    expect(await client.getMetrics()).toMatchObject({ postsCount: 45, engagementRate: expect.any(Number) });
  });

  it('reports the reset time of a rate limit', async () => {
    const { client } = await connected();
    await emulator().faults({ endpoint: 'video_list', status: 429, code: 'rate_limit_exceeded' });
    const fault = await failure(client.getPosts());
    expect(fault.message).toMatch(/\d{4}-\d\d-\d\dT/);
    expect(fault.cause).toMatchObject({ code: 'RATE_LIMITED' });
  });
});

describe('posts of createSocialClient', () => {
  const SELF = { privacyLevel: 'SELF' };

  it('posts a private video by URL and returns the profile URL', async () => {
    const file = join(folder(), 'v.mp4');
    await writeVideo(file, 1_000_000);
    const host = createServer((_request, response) => void createReadStream(file).pipe(response));
    await new Promise<void>((resolve) => host.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void host.close());
    await emulator().post('settings', { pull_from: `http://127.0.0.1:${(host.address() as AddressInfo).port}` });
    const { client } = await connected();
    const result = await client.createPost('Spring', {
      mediaUrls: ['https://media.example.test/v.mp4'],
      metadata: { privacyLevel: 'SELF', hashtags: ['clay', '#pots'], allowComment: true },
    });
    expect(result).toMatchObject({ url: 'https://www.tiktok.com/@ana.makes', publishedAt: expect.any(Date) });
    expect(await emulator().posts()).toMatchObject([
      { publish_id: result.platformPostId, title: 'Spring #clay #pots', privacy_level: 'SELF_ONLY' },
    ]);
  });

  it.each([
    [{ metadata: SELF }, /./],
    [{ mediaUrls: ['https://a.test/1.mp4', 'https://a.test/2.mp4'], metadata: SELF }, 'mediaUrls'],
    [{ mediaUrls: ['/etc/hostname'], metadata: SELF }, 'mediaUrls'],
    [{ mediaUrls: ['https://a.test/1.mp4'] }, 'metadata.privacyLevel'],
    [{ mediaUrls: ['https://a.test/1.mp4'], metadata: { privacyLevel: 'toString' } }, 'metadata.privacyLevel'],
    [{ mediaUrls: ['https://a.test/1.mp4'], metadata: { privacy_level: 'SELF' } }, 'privacy_level'],
    [{ mediaUrls: ['https://a.test/1.mp4'], metadata: SELF, scheduledAt: new Date() }, 'createPost'],
    [{ mediaUrls: ['https://a.test/1.mp4'], metadata: SELF, replyToId: '1' }, /./],
  ])('rejects %o and posts nothing', async (options, words) => {
    const { client } = await connected();
    await expect(client.createPost('Spring', options)).rejects.toThrow(words);
    expect(await emulator().posts()).toEqual([]);
  });

  it('warns once about a misspelt metadata field', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    onTestFinished(() => warn.mockRestore());
    const { client } = await connected();
    for (let n = 0; n < 2; n += 1) {
      await expect(client.createPost('Spring', { mediaUrls: ['https://a.test/1.mp4'], metadata: { alowComment: true } })).rejects.toThrow();
    }
    expect(warn.mock.calls.map(([words]) => String(words)).filter((words) => words.includes('metadata.alowComment'))).toHaveLength(1);
  });

  it('supports no likes, replies, shares or deletion', () => {
    expect(PLATFORM_CAPABILITIES.TIKTOK).toEqual({ canLike: false, canReply: false, canShare: false });
    const client: ISocialClient & { deletePost?: unknown } = new TikTokClient();
    expect(client.deletePost).toBeUndefined();
  });
});
