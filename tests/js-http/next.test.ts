import { describe, expect, it } from 'vitest';
import { createTikTokHandlers } from '../../js/next.js';
import { get, post, withHost } from './host.js';

describe('the handlers of a Next.js app', () => {
  const host = withHost();

  it('are exported under the one method that their route takes, and answer as the routes do', async () => {
    const { handlers: all, ...handlers } = createTikTokHandlers(host().options);
    expect(Object.keys(all)).toEqual(['GET', 'POST']);
    const methods = Object.entries(handlers).map(([name, handler]) => [name, Object.keys(handler)]);
    const changing = ['publish', 'publishPhotos', 'cancelPublish', 'disconnect', 'webhook'];
    for (const [name, exported] of methods) expect(exported, String(name)).toEqual([changing.includes(String(name)) ? 'POST' : 'GET']);
    expect(Object.keys(handlers).sort()).toEqual(Object.keys(host().routes).sort());
    host().user = null;
    expect((await handlers.quota.GET(get('quota?accountId=open-1'))).status).toBe(401);
    expect((await handlers.disconnect.POST(post('disconnect', { accountId: 'open-1' }))).status).toBe(401);
  });
});
