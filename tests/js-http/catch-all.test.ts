import { afterEach, describe, expect, it } from 'vitest';
import { createTikTokHandlers, type TikTokHandlers } from '../../js/next.js';
import { PATHS, type Method } from '../../js/http/paths.js';
import type { TikTokRouteOptions } from '../../js/http/index.js';

const CODE = 'AbCdEf0123456789AbCdEf0123456789';

function host(some: Partial<TikTokRouteOptions> = {}) {
  const options: TikTokRouteOptions = {
    client: () => {
      throw new Error('the test did not expect a call of the client');
    },
    auth: () => null,
    permissions: () => {},
    workspaces: { byId: () => null },
    accounts: { find: async () => [] },
    env: { NEXTAUTH_URL: 'https://app.example.test' },
    ...some,
  };
  return createTikTokHandlers(options);
}
const ask = (path: string, method: Method = 'GET', some?: Partial<TikTokRouteOptions>) =>
  host(some).handlers[method](new Request(`http://internal:3000${path}`, { method }));

/** The handlers that contain a route which shares its file with another route. */
const PLACE_OF: Record<string, keyof TikTokHandlers> = { publishOffset: 'publish', resumePublish: 'publish' };
const ROUTES = Object.entries(PATHS).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, name]) => ({ path, method: method as Method, name })),
);

describe('the catch-all route', () => {
  it.each(ROUTES)('passes $method $path to its route', async ({ path, method, name }) => {
    const alone = host()[PLACE_OF[name] ?? (name as keyof TikTokHandlers)] as Record<string, (request: Request) => Promise<Response>>;
    const request = () => new Request(`http://internal:3000/api/social/tiktok/${path}`, { method });
    const [one, all] = [await alone[method]?.(request()), await host().handlers[method](request())];
    expect([all.status, await all.text()]).toEqual([one?.status, await one?.text()]);
    expect(all.status).not.toBe(405);
  });

  it.each(Object.entries(PATHS))('responds with the allowed methods of %s', async (path, methods) => {
    const wrong = (['GET', 'POST', 'PATCH', 'PUT'] as const).find((method) => !(method in methods)) ?? 'PUT';
    const handlers = host().handlers;
    const request = new Request(`http://internal:3000/api/social/tiktok/${path}`, { method: wrong });
    const response = await handlers.GET(request);
    expect([response.status, response.headers.get('allow')]).toEqual([405, Object.keys(methods).join(', ')]);
  });

  it('supports HEAD wherever it supports GET', async () => {
    const request = new Request('http://internal:3000/api/social/tiktok/publish?jobId=x', { method: 'HEAD' });
    expect((await host().handlers.GET(request)).status).toBe(401);
  });

  it.each([
    ['/api/social/tiktok/'],
    ['/api/social/tiktok'],
    ['/api/social/tiktok/nothing'],
    ['/api/social/tiktok/__proto__'],
    ['/api/social/tiktok/constructor'],
    ['/api/social/tiktok//metrics'],
    ['/api/social/tiktok/publish%2Fevents'],
    ['/api/social/tiktok/Metrics'],
    ['/api/social/tiktokmetrics'],
    ['/metrics'],
    ['/other/api/social/tiktok/metrics'],
  ])('responds with 404 to %s', async (path) => {
    expect((await ask(path)).status).toBe(404);
  });

  it('uses the folder of the callback URL', async () => {
    const elsewhere = { env: { TIKTOK_CALLBACK_URL: 'https://app.example.test/tt/callback' } };
    expect((await ask('/tt/metrics', 'GET', elsewhere)).status).toBe(401);
    expect((await ask('/api/social/tiktok/metrics', 'GET', elsewhere)).status).toBe(404);
  });
});

describe("TikTok's verification file", () => {
  const path = `/api/social/tiktok/tiktok${CODE}.txt`;

  it.each([
    ['the environment', { env: { TIKTOK_VERIFICATION: `other, ${CODE}` } }],
    ['the options', { verification: [CODE] }],
  ])('serves the verification file for a code from %s', async (_where, some) => {
    const response = await ask(path, 'GET', some);
    expect([response.status, await response.text()]).toEqual([200, `tiktok-developers-site-verification=${CODE}`]);
    expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8');
  });

  it.each([
    ['a code that the host does not have', path, { verification: ['Z'.repeat(32)] }],
    ['no code at all', path, {}],
    ['an empty code', '/api/social/tiktok/tiktok.txt', { env: { TIKTOK_VERIFICATION: '' } }],
  ])('responds with 404 for %s', async (_what, at, some) => {
    expect((await ask(at, 'GET', some)).status).toBe(404);
  });
});

describe('singletons under hot reload', () => {
  const kept = globalThis as Record<symbol, unknown>;
  afterEach(() => delete kept[Symbol.for('toklink.per-process')]);

  it('singletons stay the same when modules are reloaded', async () => {
    const first = (await import('../../js/runtime/per-process.js')).perProcess;
    const again = ((await import('../../js/runtime/per-process.js?again' as string)) as { perProcess: typeof first }).perProcess;
    const made = first('client', () => ({ made: 1 }));
    expect(again).not.toBe(first);
    expect(again('client', () => ({ made: 2 }))).toBe(made);
    expect(again('other', () => ({ made: 3 }))).toEqual({ made: 3 });
  });
});
