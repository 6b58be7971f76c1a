import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { ERROR_CODES, ToklinkError } from '../../js/errors.js';
import { createTikTokRoutes, STATUS_OF, type RouteName } from '../../js/http/index.js';
import type { QuotaWindow } from '../../js/types/quota.js';
import type { AccountMetrics, CreatorInfo, Video } from '../../js/types.js';
import { codeOf, get, ORIGIN, post, withHost } from './host.js';

const FIGURES = { followers: 5, views: 70, videoCount: 3, engagementRate: 1.5 } as AccountMetrics;
const VIDEO = { id: '7311111111111111111', title: 'One' } as Video;

describe('a read route', () => {
  const host = withHost();
  const READS = ['metrics', 'metricsHistory', 'videos', 'quota', 'creator'] as const satisfies RouteName[];

  it.each(READS)('responds with 401, 400, 404 or 403: %s', async (name) => {
    const route = host().routes[name];
    expect((await route(get(name))).status).toBe(400);
    expect((await route(get(`${name}?accountId=unknown`))).status).toBe(404);
    const inactive = await route(get(`${name}?accountId=open-old`));
    expect(inactive.status).toBe(404);
    expect(await codeOf(inactive)).toBe('INACTIVE');
    delete host().roles['olivia ws1'];
    expect((await route(get(`${name}?accountId=open-1`))).status).toBe(403);
    host().user = null;
    expect((await route(get(`${name}?accountId=open-1`))).status).toBe(401);
    expect(host().calls).toEqual([]);
  });

  it('responds with 404 for an account of another workspace', async () => {
    const response = await host().routes.metrics(get('metrics?accountId=open-1&workspaceId=ws2'));
    expect(response.status).toBe(404);
  });

  it('lets a viewer read metrics but not the post options', async () => {
    host().user = 'victor';
    host().api.accountMetrics = async () => FIGURES;
    expect((await host().routes.metrics(get('metrics?accountId=open-1'))).status).toBe(200);
    expect((await host().routes.creator(get('creator?accountId=open-1'))).status).toBe(403);
  });

  it('uses the workspace that the user may access', async () => {
    host().rows.unshift({ workspaceId: 'ws9', accountId: 'open-1', status: 'ACTIVE' });
    host().api.accountMetrics = async () => FIGURES;
    await host().routes.metrics(get('metrics?accountId=open-1'));
    expect(host().called('accountMetrics')).toEqual([[{ tenant: 'ws1', accountId: 'open-1' }]]);
  });

  it('returns metrics under the names of other platforms too', async () => {
    host().api.accountMetrics = async () => FIGURES;
    const response = await host().routes.metrics(get('metrics?accountId=open-1'));
    expect(await response.json()).toEqual({ metrics: { ...FIGURES, postsCount: 3, impressions: 70 } });
    expect(response.headers.get('cache-control')).toBe('no-store');
  });

  it('returns one video, or 404 for an unknown id', async () => {
    host().api.queryVideos = async (_account, ids) => (ids[0] === VIDEO.id ? [VIDEO] : []);
    const found = await host().routes.metrics(get(`metrics?accountId=open-1&videoId=${VIDEO.id}`));
    expect(await found.json()).toEqual({ video: VIDEO });
    for (const id of ['7399999999999999999', 'x', '']) {
      expect((await host().routes.metrics(get(`metrics?accountId=open-1&videoId=${id}`))).status).toBe(404);
    }
  });

  it('forwards the cursor and rejects an invalid one', async () => {
    host().api.listVideos = async () => ({ videos: [VIDEO], nextCursor: 9 });
    const response = await host().routes.videos(get('videos?accountId=open-1&cursor=1700000000000&maxCount=5'));
    expect(await response.json()).toEqual({ videos: [VIDEO], nextCursor: 9 });
    expect(host().called('listVideos')[0]?.[1]).toEqual({ cursor: 1_700_000_000_000, maxCount: 5 });
    for (const bad of ['cursor=x', 'cursor=-1', 'maxCount=0', 'maxCount=21', 'maxCount=1.5']) {
      expect((await host().routes.videos(get(`videos?accountId=open-1&${bad}`))).status).toBe(400);
    }
  });

  it('returns each quota window without a request to TikTok', async () => {
    const quota = [{ kind: 'publishInit', count: 2, limit: 6, source: 'memory' }] as QuotaWindow[];
    host().api.readQuota = async () => quota;
    expect(await (await host().routes.quota(get('quota?accountId=open-1'))).json()).toEqual({ quota });
    expect(host().calls).toEqual([['readQuota', { tenant: 'ws1', accountId: 'open-1' }]]);
  });

  it('returns the post options of the creator', async () => {
    const creator = { privacyLevelOptions: ['SELF_ONLY'], commentDisabled: true } as CreatorInfo;
    host().api.creatorInfo = async () => creator;
    expect(await (await host().routes.creator(get('creator?accountId=open-1'))).json()).toEqual({ creator });
  });

  it('treats a failed session lookup as a missing session', async () => {
    const fault = new Error('the session store is away');
    const routes = createTikTokRoutes({
      ...host().options,
      auth: () => {
        throw fault;
      },
    });
    const response = await routes.metrics(get('metrics?accountId=open-1'));
    expect([response.status, await codeOf(response)]).toEqual([401, 'SIGNED_OUT']);
    expect(host().errors).toEqual([fault]);
  });

  it('prints one line for a fault but none for a user error', async () => {
    const lines = vi.spyOn(console, 'error').mockImplementation(() => {});
    onTestFinished(() => lines.mockRestore());
    const { onError: _, ...options } = host().options;
    const routes = createTikTokRoutes(options);
    const answer = async (error: unknown) => {
      host().api.accountMetrics = () => Promise.reject(error);
      await routes.metrics(get('metrics?accountId=open-1'));
    };
    await answer(new ToklinkError({ code: 'UNAUTHORIZED', message: 'Connect again.', owner: 'user' }));
    expect(lines).not.toHaveBeenCalled();
    await answer(new ToklinkError({ code: 'UNAVAILABLE', message: 'TikTok has a fault.', owner: 'tiktok' }));
    expect(lines).toHaveBeenLastCalledWith(expect.stringMatching(/metrics.*UNAVAILABLE.*TikTok has a fault\./));
    const bug = new TypeError('x is undefined');
    await answer(bug);
    expect(lines).toHaveBeenLastCalledWith(expect.stringContaining('metrics'), bug);
  });

  it.each(ERROR_CODES)('maps %s to its HTTP status and fields', async (code) => {
    const fault = new ToklinkError({ code, message: 'What to do.', retryAfterMs: 1500, logId: 'log1' });
    host().api.accountMetrics = () => Promise.reject(fault);
    const response = await host().routes.metrics(get('metrics?accountId=open-1'));
    expect(response.status).toBe(STATUS_OF[code]);
    expect(response.headers.get('retry-after')).toBe('2');
    expect(await response.json()).toMatchObject({ error: 'What to do.', code, logId: 'log1', retryAfterMs: 1500 });
  });

  it('reports an error of the host only to the host', async () => {
    host().api.accountMetrics = () => Promise.reject(new Error('connect ECONNREFUSED 10.0.0.5:5432'));
    const response = await host().routes.metrics(get('metrics?accountId=open-1'));
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('10.0.0.5');
    expect(host().errors).toHaveLength(1);
  });
});

describe('disconnect', () => {
  const host = withHost();

  it('disconnects an expired account', async () => {
    const response = await host().routes.disconnect(post('disconnect', { accountId: 'open-old', workspaceId: 'ws1' }));
    expect(response.status).toBe(200);
    expect(host().called('disconnect')).toEqual([[{ tenant: 'ws1', accountId: 'open-old' }]]);
  });

  it.each([{ origin: 'https://evil.test' }, { origin: 'null' }, { origin: '' }, { origin: `${ORIGIN}.evil.test` }])(
    'rejects a request with the origin %o',
    async (headers) => {
      const response = await host().routes.disconnect(post('disconnect', { accountId: 'open-1' }, headers));
      expect(response.status).toBe(403);
      expect(host().calls).toEqual([]);
    },
  );

  it('rejects a missing origin, a viewer and an invalid body', async () => {
    const bare = new Request('http://internal/', { method: 'POST', body: '{}' });
    expect((await host().routes.disconnect(bare)).status).toBe(403);
    const text = new Request('http://internal/', { method: 'POST', headers: { origin: ORIGIN }, body: 'x' });
    expect((await host().routes.disconnect(text)).status).toBe(400);
    expect((await host().routes.disconnect(post('disconnect', { accountId: 'x'.repeat(5000) }))).status).toBe(413);
    host().user = 'victor';
    expect((await host().routes.disconnect(post('disconnect', { accountId: 'open-1' }))).status).toBe(403);
    expect(host().calls).toEqual([]);
  });
});
