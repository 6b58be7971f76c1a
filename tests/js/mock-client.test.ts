import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { createTikTokRoutes } from '../../js/http/index.js';
import { PublishJobs } from '../../js/http/jobs.js';
import { Client } from '../../js/index.js';
import type { TikTokApi } from '../../js/index.js';
import { configureSocial, createSocialClient, resetSocial } from '../../js/social.js';
import { createMockClient, ToklinkError } from '../../js/testing/index.js';
import { KEY } from './emulator.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const ACCOUNT = { tenant: 'ws1', accountId: 'open-1' };
const run = promisify(execFile);
const limited = new ToklinkError({ code: 'RATE_LIMITED', owner: 'tiktok', message: 'too many requests', retryable: true, retryAfterMs: 1000 });

describe('a mock client', () => {
  it('has every method of the client', () => {
    const methods = Object.getOwnPropertyNames(Client.prototype).filter((name) => name !== 'constructor');
    const mock = createMockClient();
    expect(methods.length).toBeGreaterThan(40);
    expect(methods.filter((name) => typeof mock[name as keyof TikTokApi] !== 'function')).toEqual([]);
  });

  it('returns values of the same types as the client', async () => {
    const mock = createMockClient();
    const login = await mock.beginLogin({ userId: 'olivia', tenant: 'ws1', returnTo: '/back' });
    const cookies = { [login.cookie.name]: login.cookie.value };
    const callback = `?code=c&state=${login.state}`;
    expect(mock.inspectLogin({ callback, cookies })).toMatchObject({ userId: 'olivia', tenant: 'ws1', returnTo: '/back' });
    expect(await mock.completeLogin({ callback, cookies, userId: 'olivia' })).toMatchObject({ account: { tenant: 'ws1', status: 'ACTIVE' } });
    await expect(mock.completeLogin({ callback, cookies, userId: 'victor' })).rejects.toMatchObject({ code: 'INTEGRITY' });
    await expect(mock.completeLogin({ callback: '?error=access_denied', cookies, userId: 'olivia' })).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
    expect(() => mock.inspectLogin({ callback, cookies: {} })).toThrow(ToklinkError);
    expect(await mock.account(ACCOUNT)).toMatchObject({ ...ACCOUNT, status: 'ACTIVE' });
    const place = { ...ACCOUNT, field: 'access_token' };
    expect(mock.unseal(place, mock.seal(place, 'token'))).toBe('token');
    expect(() => mock.unseal({ ...place, field: 'refresh_token' }, mock.seal(place, 'token'))).toThrow(expect.objectContaining({ code: 'INTEGRITY' }));
    expect(() => mock.unseal(place, 'clear')).toThrow(expect.objectContaining({ code: 'INTEGRITY' }));
    const videos = [];
    for await (const video of mock.stub('listVideos', async (_, { cursor } = {}) => ({ videos: [], nextCursor: cursor === 1 ? null : 1 })).videos(ACCOUNT)) videos.push(video);
    expect([videos, mock.callsOf('listVideos').map(([, page]) => page)]).toEqual([[], [{}, { cursor: 1 }]]);
  });

  it('reads an upload completely and reports progress', async () => {
    const phases: string[] = [];
    const stream = Readable.from([new Uint8Array(3), new Uint8Array(4)]);
    const options = { idempotencyKey: 'k', onProgress: ({ phase }: { phase: string }) => void phases.push(phase) };
    const outcome = await createMockClient().publishVideo(ACCOUNT, { source: { stream, size: 7 }, privacyLevel: 'SELF_ONLY' }, options);
    expect(outcome).toMatchObject({ status: 'PUBLISH_COMPLETE', idempotencyKey: 'k', uploadedBytes: 7, publishId: 'mock-publish-1' });
    expect(phases).toEqual(['sending', 'published']);
    const signal = AbortSignal.abort();
    await expect(createMockClient().publishVideo(ACCOUNT, { file: 'v.mp4' }, { signal })).rejects.toMatchObject({ code: 'CANCELLED' });
  });

  it('records calls until it is reset', async () => {
    const mock = createMockClient({ accounts: async () => [] });
    mock.fail('userInfo', limited);
    expect(await mock.accounts('ws1')).toEqual([]);
    await expect(mock.userInfo(ACCOUNT)).rejects.toBe(limited);
    expect(mock.calls).toEqual([{ method: 'accounts', args: ['ws1'] }, { method: 'userInfo', args: [ACCOUNT] }]);
    expect(await mock.close({ deadlineMs: 10 })).toEqual({ complete: true, publishes: [] });
    await expect(mock.accounts()).rejects.toMatchObject({ code: 'CLOSED' });
    mock.reset();
    expect([mock.calls, (await mock.userInfo(ACCOUNT)).openId]).toEqual([[{ method: 'userInfo', args: [ACCOUNT] }], 'open-1']);
    expect(await mock.accounts()).toEqual([]);
  });

  it('throws typed errors from synchronous methods', () => {
    const mock = createMockClient().fail('checkQuota', limited);
    expect(() => mock.checkQuota(ACCOUNT, 'userInfo')).toThrow(limited);
  });

  it('calls listeners for the events that a test emits', () => {
    const mock = createMockClient();
    const seen: unknown[] = [];
    const end = mock.on('revoked', ({ account }) => seen.push(account));
    mock.emit({ type: 'revoked', account: ACCOUNT, at: '2026-01-01T00:00:00.000Z' });
    end();
    mock.emit({ type: 'revoked', account: ACCOUNT, at: '2026-01-01T00:00:00.000Z' });
    expect(seen).toEqual([ACCOUNT]);
  });

  it('rejects stubs with a wrong type or an unknown method', () => {
    const mock = createMockClient();
    // @ts-expect-error: a profile is not a list.
    mock.stub('accounts', async () => mock.userInfo('a'));
    // @ts-expect-error: the client has no such method.
    expect(() => mock.stub('deleteVideo', async () => {})).not.toThrow();
    // @ts-expect-error: an error is not just a text.
    expect(() => mock.fail('accounts', 'RATE_LIMITED')).not.toThrow();
  });
});

describe('a host under test', () => {
  afterEach(() => resetSocial());

  it('posts through createSocialClient', async () => {
    const mock = createMockClient();
    const client = await createSocialClient('TIKTOK', { client: mock, account: ACCOUNT });
    const settings = { mediaUrls: ['https://media.example.test/v.mp4'], metadata: { privacyLevel: 'SELF' } };
    expect((await client.createPost('Hello', settings)).url).toContain('/video/');
    expect(mock.callsOf('publishVideo')).toMatchObject([[ACCOUNT, { title: 'Hello', privacyLevel: 'SELF_ONLY' }, {}]]);
    mock.fail('publishVideo', limited);
    await expect(client.createPost('Hello', settings)).rejects.toMatchObject({ cause: limited });
  });

  it('uses the mock for social clients with only a token', async () => {
    const mock = createMockClient();
    configureSocial({ client: mock });
    const client = await createSocialClient('TIKTOK', { accessToken: 'clear', accountId: 'open-1' });
    expect(await client.getPosts()).toHaveLength(1);
    expect(await client.getMetrics()).toMatchObject({ followers: 1000 });
    await resetSocial();
    expect(await mock.accounts()).toHaveLength(1);
  });

  it('cannot pass a real client to configureSocial', async () => {
    await using client = new Client({ clientKey: 'awmock0000000001', clientSecret: 's'.repeat(32), encryptionKey: KEY, callbackUrl: 'https://example.com/c' });
    expect(() => configureSocial({ client })).toThrow('createSocialClient');
  });

  it('logs in and posts through the routes', async () => {
    const mock = createMockClient();
    let posted = (): void => {};
    const finished = new Promise<void>((resolve) => (posted = resolve));
    const routes = createTikTokRoutes(
      {
        client: mock,
        auth: async () => ({ user: { id: 'olivia' } }),
        permissions: async () => {},
        workspaces: { byId: async () => ({ id: 'ws1', slug: 'acme' }) },
        accounts: { find: async () => [{ workspaceId: 'ws1', accountId: 'open-1', status: 'ACTIVE' }] },
        env: { NEXTAUTH_URL: 'https://app.example.test' },
        onFlow: ({ flow, step }) => flow === 'publish' && step === 'finished' && posted(),
      },
      new PublishJobs(),
    );
    const connect = await routes.connect(new Request('https://app.example.test/api/social/tiktok/connect?workspaceId=ws1&workspaceSlug=acme'));
    const cookie = connect.headers.get('set-cookie')?.split(';')[0] ?? '';
    const back = await routes.callback(new Request('https://app.example.test/api/social/tiktok/callback?code=c&state=mock-state', { headers: { cookie } }));
    expect(back.headers.get('location')).toMatch(/connected=tiktok&accountId=mock-open-id/);
    const form = new FormData();
    for (const [name, value] of Object.entries({ privacyLevel: 'SELF_ONLY', fileSize: '1000' })) form.append(name, value);
    form.append('file', new Blob([new Uint8Array(1000)], { type: 'video/mp4' }), 'v.mp4');
    const encoded = new Response(form);
    const body = await encoded.arrayBuffer();
    const headers = { origin: 'https://app.example.test', 'content-type': encoded.headers.get('content-type') ?? '', 'content-length': `${body.byteLength}` };
    const post = await routes.publish(new Request('https://app.example.test/api/social/tiktok/publish?accountId=open-1&workspaceId=ws1', { method: 'POST', body, headers }));
    expect(post.status, await post.clone().text()).toBe(202);
    await finished;
    expect(mock.callsOf('publishVideo')).toMatchObject([[{ tenant: 'ws1', accountId: 'open-1' }, { privacyLevel: 'SELF_ONLY' }, {}]]);
  });
});

describe('a machine that cannot load the addon', () => {
  let place = '';
  afterAll(() => rm(place, { recursive: true, force: true }));

  it('runs host tests with a mock client', async () => {
    place = await mkdtemp(join(tmpdir(), 'toklink-mock-'));
    const modules = join(place, 'node_modules');
    await cp(join(ROOT, 'dist'), join(modules, 'toklink/dist'), { recursive: true });
    await cp(join(ROOT, 'package.json'), join(modules, 'toklink/package.json'));
    for (const name of ['busboy', 'streamsearch']) await cp(join(ROOT, 'node_modules', name), join(modules, name), { recursive: true });
    for (const file of ['main.cjs', 'package.json', 'index.js']) await cp(join(ROOT, 'bindings/node', file), join(modules, 'toklink-native', file));
    await writeFile(join(modules, 'toklink-native/toklink.linux-x64-gnu.node'), 'not a binary');
    const script = `
      process.dlopen = () => { throw new Error('a binary was loaded'); };
      const { createMockClient, ToklinkError } = await import('toklink/testing');
      const { createSocialClient, configureSocial, resetSocial } = await import('toklink/social');
      const { createTikTokHandlers } = await import('toklink/next');
      const client = createMockClient();
      configureSocial({ client });
      const social = await createSocialClient('TIKTOK', { client, account: { tenant: 'ws1', accountId: 'open-1' } });
      const posts = await social.getPosts();
      const handlers = createTikTokHandlers({ client, auth: async () => null, permissions: async () => {}, accounts: { find: async () => null }, workspaces: { byId: async () => null } });
      const { status } = await handlers.quota.GET(new Request('https://app.example.test/api/social/tiktok/quota?accountId=a'));
      client.fail('listVideos', new ToklinkError({ code: 'UNAVAILABLE', message: 'away' }));
      const failed = await social.getPosts().catch((error) => error.cause.code);
      await resetSocial();
      const { Client } = await import('toklink');
      let real; try { new Client({}) } catch (error) { real = error.code }
      console.log(JSON.stringify({ posts: posts.length, status, failed, real }));`;
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script], { cwd: place });
    expect(JSON.parse(stdout)).toEqual({ posts: 1, status: 401, failed: 'UNAVAILABLE', real: 'CONFIG' });
  });
});
