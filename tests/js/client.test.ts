import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Client } from '../../js/index.js';
import type { Account, Video } from '../../js/index.js';
import { CALLBACK, connect, options, withEmulator } from './connected.js';
import { APP } from './emulator.js';

const { emulator } = withEmulator();
let client: Client;

beforeEach(() => {
  client = new Client(options(emulator()));
});
afterEach(() => client.close());

describe('login', () => {
  it('returns a URL with the requested scopes and challenge', () => {
    const url = new URL(
      client.authorizeUrl({ state: 'st-1', scopes: ['user.info.basic'], codeChallenge: 'ab'.repeat(32) }),
    );
    expect(url.origin).toBe(emulator().baseUrl);
    expect(url.searchParams.get('client_key')).toBe(APP.clientKey);
    expect(url.searchParams.get('scope')).toBe('user.info.basic');
    expect(url.searchParams.get('state')).toBe('st-1');
    expect(url.searchParams.get('redirect_uri')).toBe(CALLBACK);
    expect(url.searchParams.get('code_challenge_method')).toBe('S256');
  });

  it('returns the login details before it connects the account', async () => {
    const login = await client.beginLogin({ userId: 'olivia', tenant: 'acme', returnTo: '/orbit/acme' });
    const callback = await emulator().consent(login.authorizeUrl, { without: ['video.publish'] });
    const cookies = { other: 'x', [login.cookie.name]: login.cookie.value };
    const inspection = client.inspectLogin({ callback, cookies });
    expect(inspection).toEqual({
      tenant: 'acme',
      userId: 'olivia',
      returnTo: '/orbit/acme',
      cookieName: login.cookie.name,
    });
    const result = await client.completeLogin({ callback, cookies, userId: 'olivia' });
    expect(result).toMatchObject(inspection);
    expect(result.missingScopes).toEqual(['video.publish']);
    expect(result.account).toMatchObject({
      tenant: 'acme',
      displayName: 'Ana',
      username: 'ana.makes',
      status: 'ACTIVE',
      connectedBy: 'olivia',
    });
    expect(new Date(result.account.tokenExpiresAt).toISOString()).toBe(result.account.tokenExpiresAt);
    expect(await client.accounts()).toEqual([result.account]);
    expect(await client.accounts('another')).toEqual([]);
    expect(await client.account({ tenant: 'acme', accountId: result.account.accountId })).toEqual(result.account);
  });

  it('exchanges, refreshes and revokes tokens for a host', async () => {
    const { code } = await emulator().post<{ code: string }>('grant', {
      client_key: APP.clientKey,
      username: 'ana.makes',
      scopes: ['user.info.basic', 'video.list'],
      redirect_uri: 'https://spike.land/api/social/tiktok/callback',
    });
    const redirectUri = 'https://spike.land/api/social/tiktok/callback';
    const tokens = await client.exchangeCode({ code, redirectUri });
    expect(tokens.scopes).toEqual(['user.info.basic', 'video.list']);
    expect(tokens.accessToken).toMatch(/^act\./);
    expect(Date.parse(tokens.expiresAt)).toBeGreaterThan(Date.now());
    if (tokens.refreshToken === null) throw new Error('no refresh token');
    const renewed = await client.refreshTokens(tokens.refreshToken);
    expect(renewed.openId).toBe(tokens.openId);
    expect(renewed.accessToken).not.toBe(tokens.accessToken);
    await client.revoke(renewed.accessToken);
    await expect(client.refreshTokens(renewed.refreshToken ?? '')).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
  });
});

describe('a client with a connected account', () => {
  let account: Account;
  beforeEach(async () => {
    account = await connect(client, emulator());
  });

  it('accepts an account id with or without a tenant', async () => {
    const info = await client.userInfo(account.accountId);
    expect(info).toMatchObject({ openId: account.accountId, username: 'ana.makes', isVerified: true });
    expect(info.followerCount).toBeGreaterThan(12_000);
    expect(await client.userInfo(account)).toMatchObject({ openId: account.accountId });
  });

  it('lists videos by page and one by one', async () => {
    const first = await client.listVideos(account, { maxCount: 7 });
    expect(first.videos).toHaveLength(7);
    if (first.nextCursor === null) throw new Error('no second page');
    const second = await client.listVideos(account, { cursor: first.nextCursor, maxCount: 7 });
    expect(second.videos[0]?.id).not.toBe(first.videos[0]?.id);
    const all: Video[] = [];
    for await (const video of client.videos(account)) all.push(video);
    expect(all).toHaveLength(45);
    expect(new Set(all.map((video) => video.id)).size).toBe(45);
    expect(all[0]?.id).toMatch(/^\d{19}$/);
    expect(all[0]?.createdAt).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  });

  it('requests no further page when the video loop ends early', async () => {
    for await (const video of client.videos(account)) {
      expect(video.id).toMatch(/^\d+$/);
      break;
    }
    const lists = (await emulator().requests()).filter((request) => String(request['path']).includes('video/list'));
    expect(lists).toHaveLength(1);
  });

  it('finds videos by id and omits those of other users', async () => {
    const { videos } = await client.listVideos(account, { maxCount: 2 });
    const ids = videos.map((video) => video.id);
    const found = await client.queryVideos(account, [...ids, '7000000000000000001']);
    expect(found.map((video) => video.id).sort()).toEqual([...ids].sort());
  });

  it('returns metrics summed over the newest videos', async () => {
    const metrics = await client.accountMetrics(account);
    expect(metrics.videosRead).toBe(20);
    expect(metrics.videoCount).toBe(45);
    const shown = ((metrics.videoLikes + metrics.comments + metrics.shares) / metrics.views) * 100;
    expect(metrics.engagementRate).toBeCloseTo(shown, 1);
    expect(metrics.readAt).toMatch(/Z$/);
  });

  it('returns the post options of the creator', async () => {
    expect(await client.creatorInfo(account)).toMatchObject({
      username: 'ana.makes',
      nickname: 'Ana',
      privacyLevelOptions: ['PUBLIC_TO_EVERYONE', 'MUTUAL_FOLLOW_FRIENDS', 'SELF_ONLY'],
      commentDisabled: false,
      stitchDisabled: true,
      maxVideoPostDurationSec: 600,
    });
  });

  it('caches a profile until invalidateCache', async () => {
    const used = (of: Client) => of.quotaStatus(account).find((quota) => quota.kind === 'userInfo')?.count ?? 0;
    const before = used(client);
    client.invalidateCache(account);
    await Promise.all([client.userInfo(account), client.userInfo(account), client.userInfo(account)]);
    await client.userInfo(account);
    expect(used(client)).toBe(before + 1);
    client.invalidateCache(account);
    await client.userInfo(account);
    expect(used(client)).toBe(before + 2);
    expect(() => new Client({ ...options(emulator()), cache: { userInfoSec: -1 } })).toThrow('cache.userInfoSec');
  });

  it('counts the usage of each limit until resetQuota', async () => {
    await client.creatorInfo(account);
    const used = client.quotaStatus(account).find((quota) => quota.kind === 'creatorInfo');
    expect(used).toMatchObject({ windowMs: 60_000, limit: 20, count: 1, remaining: 19 });
    expect(used?.resetAt).toMatch(/Z$/);
    client.resetQuota(account);
    expect(client.quotaStatus(account).find((quota) => quota.kind === 'creatorInfo')?.count).toBe(0);
  });

  it('warns at 80 and 95 percent of a quota window', async () => {
    const warnings: [string, number, number][] = [];
    const told = new Promise<void>((resolve) => {
      client.on('quotaWarning', (event) => {
        expect(event.account.accountId).toBe(account.accountId);
        warnings.push([event.kind, event.percent, event.count]);
        if (event.percent === 95) resolve();
      });
    });
    expect(client.checkQuota(account, 'videoUpload')).toEqual({ allowed: true, retryAfterMs: 0 });
    for (let n = 0; n < 24; n++) client.incrementQuota(account, 'videoUpload');
    const refused = client.checkQuota(account, 'videoUpload');
    expect(refused.allowed).toBe(false);
    expect(refused.retryAfterMs).toBeGreaterThan(23 * 3_600_000);
    expect(refused.retryAfterMs).toBeLessThanOrEqual(24 * 3_600_000 + 1000);
    expect(client.checkQuota(account.accountId, 'videoUpload').allowed).toBe(account.tenant !== '');
    expect(client.checkQuota({ tenant: 'another', accountId: account.accountId }, 'videoUpload').allowed).toBe(true);
    await told;
    expect(warnings).toEqual([
      ['videoUpload', 80, 20],
      ['videoUpload', 95, 23],
    ]);
  });

  it('keeps an exhausted window after 10,000 other accounts', () => {
    for (let n = 0; n < 24; n++) client.incrementQuota('full', 'videoUpload');
    for (let n = 0; n < 10_001; n++) expect(client.checkQuota(`user-${n}`, 'videoUpload').allowed).toBe(true);
    expect(client.checkQuota('full', 'videoUpload').allowed).toBe(false);
    expect(client.checkQuota('user-10000', 'videoUpload').allowed).toBe(true);
  });

  it('erases and revokes an account on disconnect', async () => {
    await client.disconnect(account);
    await expect(client.account(account)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await client.accounts()).toEqual([]);
    expect((await emulator().get<{ grants: unknown[] }>('state')).grants).toEqual([]);
  });
});

describe('value encryption', () => {
  const place = { tenant: 'acme', accountId: 'a1', field: 'note' };

  it('decrypts a value only for its own row and column', () => {
    const sealed = client.seal(place, 'naïve ☕');
    expect(sealed).not.toContain('naïve');
    expect(client.unseal(place, sealed)).toBe('naïve ☕');
    expect(() => client.unseal({ ...place, field: 'other' }, sealed)).toThrow(
      expect.objectContaining({ code: 'INTEGRITY' }) as Error,
    );
  });

  it('encrypts any text except an unpaired surrogate', async () => {
    await using client = new Client(options(emulator()));
    const place = { tenant: 'acme', accountId: '-000abc', field: 'access_token' };
    for (const text of ['', 'a\0b', 'ñ 🎬 "\\', 'x'.repeat(30_000)]) {
      expect(client.unseal(place, client.seal(place, text))).toBe(text);
    }
    const untenanted = { accountId: '-000abc', field: 'access_token' };
    expect(client.unseal({ ...untenanted, tenant: '' }, client.seal(untenanted, 'same'))).toBe('same');
    for (const call of [
      () => client.seal(place, '\ud83c'),
      () => client.seal({ ...place, accountId: '\ud83c' }, 'text'),
      () => client.seal({ ...place, accountId: '' }, 'text'),
      () => client.seal({ ...place, tennant: 'acme' } as never, 'text'),
      () => client.unseal(place, 5 as never),
      () => client.unseal(null as never, 'text'),
    ]) {
      expect(call).toThrow(expect.objectContaining({ code: 'INVALID_INPUT' }));
    }
    await client.close();
    expect(() => client.seal(place, 'text')).toThrow(expect.objectContaining({ code: 'CLOSED' }));
  });

  it('keeps a value that the current key encrypted', () => {
    expect(client.reseal(place, client.seal(place, 'x'))).toBeNull();
  });

  it('encrypts a value of an old key with the current key', async () => {
    const base = options(emulator());
    delete base.encryptionKey;
    const [older, newer] = ['1f2e'.repeat(16), '3d4c'.repeat(16)];
    await using before = new Client({ ...base, encryptionKeys: `k1:${older}` });
    await using after = new Client({ ...base, encryptionKeys: `k2:${newer},k1:${older}` });
    const resealed = after.reseal(place, before.seal(place, 'x'));
    expect(after.unseal(place, resealed ?? '')).toBe('x');
    expect(() => before.unseal(place, resealed ?? '')).toThrow(expect.objectContaining({ code: 'INTEGRITY' }) as Error);
  });
});

describe('close', () => {
  it('close can be called twice, and later calls are rejected', async () => {
    const account = await connect(client, emulator());
    await Promise.all([client.close(), client.close()]);
    await client.close();
    await expect(client.userInfo(account)).rejects.toMatchObject({ code: 'CLOSED', name: 'ToklinkError' });
    await expect(client.beginLogin({ userId: 'x' })).rejects.toMatchObject({ code: 'CLOSED' });
    expect(() => client.quotaStatus(account)).toThrow(expect.objectContaining({ code: 'CLOSED' }) as Error);
    expect(() => client.checkQuota(account, 'userInfo')).toThrow(expect.objectContaining({ code: 'CLOSED' }) as Error);
  });
});
