import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { Client } from '../../js/index.js';
import { configureSocial, createSocialClient, resetSocial, TikTokClient } from '../../js/social.js';
import { MemoryStore } from '../../js/testing/index.js';
import { connect, options, servedAt, withEmulator, writeVideo } from './connected.js';

const { emulator, folder } = withEmulator();
const TENANT = 'ws_acme';

beforeEach(() => {
  for (const [name, value] of Object.entries(emulator().env())) vi.stubEnv(name, value);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await resetSocial();
});

/** Creates a client with one connected account, stored as the routes store it. */
async function routes() {
  const store = new MemoryStore();
  const client = new Client({ ...options(emulator()), store });
  onTestFinished(() => client.close());
  const { accountId } = await connect(client, emulator(), { tenant: TENANT });
  const account = { tenant: TENANT, accountId };
  const row = async () => {
    const found = await store.accounts.load(account);
    if (found === null) throw new Error('the account is gone');
    return found;
  };
  /** Marks the access token as expired. */
  const expire = async () => store.accounts.put({ ...(await row()), accessExpiresAt: Date.now() - 1000 });
  const refreshes = async () => (await emulator().requests()).filter(({ endpoint }) => endpoint === 'token').length;
  return { client, account, row, expire, refreshes };
}

describe('a social client of a stored account', () => {
  it('reads with the session of the client', async () => {
    const { client, account } = await routes();
    const social = await createSocialClient('TIKTOK', { client, account });
    expect(await social.getAccountInfo()).toMatchObject({ username: 'ana.makes' });
    expect(await social.getPosts()).toHaveLength(20);
    expect(await social.getMetrics()).toMatchObject({ postsCount: 45 });
  });

  it('refreshes an expired token once and keeps the status ACTIVE', async () => {
    const { client, account, row, expire, refreshes } = await routes();
    await expire();
    const before = await refreshes();
    const social = await createSocialClient('TIKTOK', { client, account });
    await Promise.all([social.getAccountInfo(), social.getPosts(), social.refreshAccessToken('ignored')]);
    expect((await refreshes()) - before).toBe(1);
    expect((await row()).status).toBe('ACTIVE');
  });

  it('returns a plaintext access token and no refresh token', async () => {
    const { client, account } = await routes();
    const social = await createSocialClient('TIKTOK', { client, account });
    const tokens = await social.refreshAccessToken('ignored');
    expect(tokens).toMatchObject({ tokenType: 'Bearer', accessToken: expect.stringMatching(/^act\./), expiresAt: expect.any(Date) });
    expect(tokens).not.toHaveProperty('refreshToken');
    expect(tokens.accessToken).toBe(await client.accessToken(account));
  });

  it('shares the quota of the client', async () => {
    const { client, account } = await routes();
    const social = await createSocialClient('TIKTOK', { client, account });
    const used = () => client.quotaStatus(account).find(({ kind }) => kind === 'videoList')?.count;
    const before = used() ?? 0;
    await social.getPosts(1);
    expect(used()).toBe(before + 1);
  });
});

describe('an encrypted token', () => {
  it('decrypts the token of its account if a client is passed', async () => {
    const { client, account, row } = await routes();
    const { accessTokenSealed, refreshTokenSealed } = await row();
    const social = await createSocialClient('TIKTOK', {
      client,
      accountId: account.accountId,
      accessToken: accessTokenSealed,
      refreshToken: refreshTokenSealed ?? '',
    });
    expect(await social.getAccountInfo()).toMatchObject({ username: 'ana.makes' });
    const tokens = await social.refreshAccessToken(refreshTokenSealed ?? '');
    expect(tokens.accessToken).toMatch(/^act\./);
    expect((await row()).status).toBe('ACTIVE');
  });

  it('rejects an encrypted token without a client', async () => {
    const { account, row } = await routes();
    const { accessTokenSealed, refreshTokenSealed } = await row();
    const before = (await emulator().requests()).length;
    const words = '{ client, account }';
    const make = () => createSocialClient('TIKTOK', { accessToken: accessTokenSealed, accountId: account.accountId });
    await expect(make()).rejects.toThrow(words);
    expect(() => new TikTokClient().setAccessToken(accessTokenSealed)).toThrow(words);
    await expect(new TikTokClient().refreshAccessToken(refreshTokenSealed ?? '')).rejects.toThrow(words);
    const legacy = `${'0a'.repeat(16)}:${'0b'.repeat(16)}:${'0c'.repeat(40)}`;
    await expect(new TikTokClient().refreshAccessToken(legacy)).rejects.toThrow(words);
    expect(await emulator().requests()).toHaveLength(before);
  });

  it('rejects an encrypted token of another account', async () => {
    const { client, account } = await routes();
    const foreign = client.seal({ tenant: 'ws_other', accountId: account.accountId, field: 'access_token' }, 'act.secret');
    const social = await createSocialClient('TIKTOK', { client, accountId: account.accountId, accessToken: foreign });
    await expect(social.getPosts()).rejects.toThrow('{ client, account }');
  });
});

describe('createPost', () => {
  async function video() {
    const file = `${folder()}/calendar.mp4`;
    await writeVideo(file, 1_000_000);
    await emulator().post('settings', { pull_from: await servedAt(file, 1_000_000) });
    return { mediaUrls: ['https://media.example.test/v.mp4'] };
  }

  it('uses the defaults of the client for missing settings', async () => {
    const { client, account } = await routes();
    const social = await createSocialClient('TIKTOK', { client, account, defaults: { privacyLevel: 'SELF', allowComment: true } });
    const result = await social.createPost('Spring', await video());
    expect(result.url).toBe('https://www.tiktok.com/@ana.makes');
    expect(await emulator().posts()).toMatchObject([{ title: 'Spring', privacy_level: 'SELF_ONLY' }]);
  });

  it('returns before TikTok publishes if wait is false', async () => {
    const { client, account } = await routes();
    const social = await createSocialClient('TIKTOK', { client, account, wait: false, defaults: { privacyLevel: 'SELF' } });
    const result = await social.createPost('Spring', await video());
    expect(result.platformPostId).toMatch(/^v_pub/);
  });
});

describe('the shared client', () => {
  it('accepts options before its first use and after a reset', async () => {
    configureSocial({ clientKey: 'fromoptions' });
    expect(new TikTokClient().getAuthUrl('http://127.0.0.1:8700/callback', 's')).toContain('client_key=fromoptions');
    expect(() => configureSocial({})).toThrow('resetSocial');
    await resetSocial();
    configureSocial({ clientKey: 'other' });
    expect(new TikTokClient().getAuthUrl('http://127.0.0.1:8700/callback', 's')).toContain('client_key=other');
  });
});
