import { describe, expect, it } from 'vitest';
import { createTikTokHandlers } from '../../js/next.js';
import { get, post, withHost } from './host.js';

describe('the handlers of a Next.js app', () => {
  const host = withHost();

  it('exports the HTTP methods of each route', async () => {
    const { handlers: all, ...handlers } = createTikTokHandlers(host().options);
    expect(Object.keys(all)).toEqual(['GET', 'POST', 'PATCH']);
    const methods = Object.entries(handlers).map(([name, handler]) => [name, Object.keys(handler)]);
    const changing = ['publishPhotos', 'cancelPublish', 'disconnect', 'migrate', 'webhook'];
    const expected = (name: string) => (name === 'publish' ? ['GET', 'POST', 'PATCH'] : [changing.includes(name) ? 'POST' : 'GET']);
    for (const [name, exported] of methods) expect(exported, String(name)).toEqual(expected(String(name)));
    // These two routes are further methods of `publish`.
    const alone = Object.keys(host().routes).filter((name) => name !== 'publishOffset' && name !== 'resumePublish');
    expect(Object.keys(handlers).sort()).toEqual(alone.sort());
    host().user = null;
    expect((await handlers.quota.GET(get('quota?accountId=open-1'))).status).toBe(401);
    expect((await handlers.disconnect.POST(post('disconnect', { accountId: 'open-1' }))).status).toBe(401);
  });
});
