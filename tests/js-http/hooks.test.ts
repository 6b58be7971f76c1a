import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AccessDenied, createTikTokRoutes, type RouteName, type TikTokRouteOptions } from '../../js/http/index.js';
import { createTikTokHandlers, HttpError } from '../../js/next.js';
import type { PublishOutcome } from '../../js/types.js';
import { get, post, withHost } from './host.js';

const SECRET = 'password=hunter2 at postgresql://db';
const PHOTOS = { photoUrls: ['https://media.example.test/1.jpg'], privacyLevel: 'SELF_ONLY' };

/** A request to each route that calls a hook of the host. */
const REQUESTS: [RouteName, () => Request][] = [
  ['connect', () => get('connect?workspaceId=ws1&workspaceSlug=acme')],
  ['callback', () => get('callback?code=c&state=s')],
  ['metrics', () => get('metrics?accountId=open-1')],
  ['metricsHistory', () => get('metrics/history?accountId=open-1')],
  ['videos', () => get('videos?accountId=open-1')],
  ['quota', () => get('quota?accountId=open-1')],
  ['creator', () => get('creator?accountId=open-1')],
  ['publish', () => post('publish?accountId=open-1', {})],
  ['publishPhotos', () => post('publish/photos?accountId=open-1', PHOTOS)],
  ['publishEvents', () => get('publish/events?jobId=x')],
  ['cancelPublish', () => post('publish/cancel', { jobId: 'x' })],
  ['disconnect', () => post('disconnect', { accountId: 'open-1' })],
];

const FAILS: [string, () => never | Promise<never>][] = [
  ['throws', () => { throw new Error(SECRET); }],
  ['rejects', () => Promise.reject(new Error(SECRET))],
  ['throws a string', () => { throw SECRET; }],
];

describe('a failing hook of the host', () => {
  const host = withHost();
  const unhandled = vi.fn();
  beforeEach(() => void process.on('unhandledRejection', unhandled));
  afterEach(async () => {
    // Node reports an unhandled rejection after the microtasks of the turn in which it happened.
    await new Promise(setImmediate);
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });

  const HOOKS = ['auth', 'permissions', 'accounts', 'workspaces', 'client', 'redirects'] as const;
  const broken = (hook: (typeof HOOKS)[number], fail: () => never | Promise<never>): Partial<TikTokRouteOptions> =>
    ({
      auth: { auth: fail },
      permissions: { permissions: fail },
      accounts: { accounts: { find: fail } },
      workspaces: { workspaces: { byId: fail } },
      client: { client: fail },
      redirects: { redirects: { accounts: fail as () => never } },
    })[hook] as Partial<TikTokRouteOptions>;

  const cases = HOOKS.flatMap((hook) => FAILS.map(([how, fail]) => [hook, how, fail] as const)).filter(
    // `redirects` returns a path and not a promise, so it cannot reject.
    ([hook, how]) => hook !== 'redirects' || how !== 'rejects',
  );
  it.each(cases)('hides the error message when %s %s', async (hook, _how, fail) => {
    const routes = createTikTokRoutes({ ...host().options, ...broken(hook, fail) });
    let reported = 0;
    for (const [name, request] of REQUESTS) {
      const response = await routes[name](request());
      const shown = `${await response.text()} ${[...response.headers].join()}`;
      expect(`${name} ${shown}`).not.toContain('hunter2');
      reported += host().errors.splice(0).filter((error) => String(error).includes('hunter2')).length;
    }
    expect(reported).toBeGreaterThan(0);
  });

  it.each(FAILS)('reports to the console when onError itself %s', async (_how, fail) => {
    const lines = vi.spyOn(console, 'error').mockImplementation(() => {});
    const permissions = () => Promise.reject(new Error('first fault'));
    const routes = createTikTokRoutes({ ...host().options, permissions, auth: () => ({ user: { id: 'olivia' } }), onError: fail });
    expect((await routes.metrics(get('metrics?accountId=open-1'))).status).toBe(403);
    await new Promise(setImmediate);
    const printed = lines.mock.calls.map((call) => String(call[1]));
    lines.mockRestore();
    expect(printed[0]).toContain('first fault');
    expect(printed[1]).toContain('hunter2');
  });

  it.each(FAILS)('finishes a post when onFlow %s', async (_how, fail) => {
    host().api.publishPhotos = async () => ({ status: 'PUBLISH_COMPLETE' }) as PublishOutcome;
    const routes = createTikTokRoutes({ ...host().options, onFlow: fail });
    const { jobId } = (await (await routes.publishPhotos(post('publish/photos?accountId=open-1', PHOTOS))).json()) as { jobId: string };
    const events = await (await routes.publishEvents(get(`publish/events?jobId=${jobId}`))).text();
    expect(events).toContain('event: outcome');
    await new Promise(setImmediate);
    expect(host().errors.map(String)).toEqual([expect.stringContaining('hunter2'), expect.stringContaining('hunter2')]);
  });
});

describe('an error of the permissions hook', () => {
  const host = withHost();
  const answer = async (error: unknown) => {
    const routes = createTikTokRoutes({ ...host().options, permissions: () => Promise.reject(error) });
    const response = await routes.metrics(get('metrics?accountId=open-1'));
    const { error: words, code } = (await response.json()) as { error: string; code: string };
    return [response.status, code, words, host().errors.splice(0).length];
  };

  it('returns the message of AccessDenied and reports nothing', async () => {
    expect(await answer(new AccessDenied('Ask an owner.'))).toEqual([403, 'FORBIDDEN', 'Ask an owner.', 0]);
    expect(await answer(new AccessDenied('Your session ended.', 401))).toEqual([401, 'SIGNED_OUT', 'Your session ended.', 0]);
  });

  it('responds with 401 to a message that contains Unauthorized', async () => {
    const [status, code, words, reported] = await answer(new Error(`Unauthorized: ${SECRET}`));
    expect([status, code, reported]).toEqual([401, 'SIGNED_OUT', 0]);
    expect(words).not.toContain('hunter2');
  });

  it('responds with 403 and a fixed text to any other error', async () => {
    const [status, code, words, reported] = await answer(new Error(SECRET));
    expect([status, code, reported]).toEqual([403, 'FORBIDDEN', 1]);
    expect(words).not.toContain('hunter2');
  });
});

describe('a limit of the routes', () => {
  const host = withHost();
  const NAMES = ['uploads.maxBytes', 'uploads.maxRunning', 'uploads.maxPerWorkspace', 'uploads.maxPerUser', 'cron.limit'];

  it.each(NAMES.flatMap((name) => [Number.NaN, Number.POSITIVE_INFINITY, -1, 0, 1.5].map((value) => [name, value] as const)))('rejects %s with the value %d', (name, value) => {
    const [group = '', field = ''] = name.split('.');
    const problem = expect.objectContaining({ variable: name, problem: expect.stringContaining(String(value)) as string }) as unknown;
    const create = () => createTikTokRoutes({ ...host().options, [group]: { [field]: value } });
    expect(create).toThrow(expect.objectContaining({ code: 'CONFIG', problems: [problem] }));
  });
});

describe('an HttpError', () => {
  const host = withHost();

  it.each(['permissions', 'accounts', 'client'] as const)('sets the status of the response when %s throws it', async (hook) => {
    const paid = new HttpError(402, 'FORBIDDEN', 'Your plan has no TikTok. Choose another plan.', { retryAfterSec: 60 });
    const fail = () => {
      throw paid;
    };
    const hooks = { permissions: { permissions: fail }, accounts: { accounts: { find: fail } }, client: { client: fail } };
    const response = await createTikTokHandlers({ ...host().options, ...hooks[hook] }).quota.GET(get('quota?accountId=open-1'));
    expect([response.status, response.headers.get('retry-after')]).toEqual([402, '60']);
    expect(await response.json()).toEqual({ error: paid.message, code: 'FORBIDDEN' });
    expect(host().errors).toEqual([]);
  });

  it('recognizes an HttpError from a second copy of its class', async () => {
    const other = (await import('../../js/http/respond.js?copy' as string)) as { HttpError: typeof HttpError };
    const error = new other.HttpError(404, 'NOT_FOUND', 'gone');
    expect([error instanceof HttpError, HttpError.is(error), error.status]).toEqual([false, true, 404]);
    expect(HttpError.is(new Error('gone'))).toBe(false);
  });

  it.each([0, 200, 302, 600, 404.5, Number.NaN])('rejects the status %s', (status) => {
    expect(() => new HttpError(status, 'NOT_FOUND', 'gone')).toThrow(RangeError);
  });
});
