import { describe, expect, it } from 'vitest';
import { ToklinkError } from '../../js/errors.js';
import type { PublishOutcome } from '../../js/types.js';
import { get, post, withHost } from './host.js';

const PHOTOS = { photoUrls: ['https://media.example.test/1.jpg'], privacyLevel: 'SELF_ONLY' };
const CALLBACK = 'callback?code=c&state=s';
const CONNECT = 'connect?workspaceId=ws1&workspaceSlug=acme';
const done = { code: null, owner: null };

describe('onFlow', () => {
  const host = withHost();

  it('reports the start and end of a login', async () => {
    await host().routes.connect(get(CONNECT));
    await host().routes.callback(get(CALLBACK));
    expect(host().flows).toEqual([
      { flow: 'login', step: 'started', ...done },
      { flow: 'login', step: 'finished', ...done },
    ]);
  });

  it.each([
    [new ToklinkError({ code: 'UNAVAILABLE', owner: 'tiktok', message: 'm' }), { code: 'UNAVAILABLE', owner: 'tiktok' }],
    [new ToklinkError({ code: 'CANCELLED', owner: 'user', message: 'm' }), { code: 'CANCELLED', owner: 'user' }],
    [new Error('a fault of the host'), { code: 'INTERNAL', owner: 'app' }],
  ])('reports a failed login with its code and owner', async (error, blamed) => {
    host().api.completeLogin = async () => {
      throw error;
    };
    await host().routes.callback(get(CALLBACK));
    expect(host().flows).toEqual([{ flow: 'login', step: 'failed', ...blamed }]);
  });

  it('reports the callback of another user, no earlier rejection', async () => {
    host().user = 'victor';
    await host().routes.connect(get(CONNECT));
    expect(host().flows).toEqual([]);
    await host().routes.callback(get(CALLBACK));
    expect(host().flows).toEqual([{ flow: 'login', step: 'failed', code: 'OTHER_PERSON', owner: 'user' }]);
  });

  it('reports the start and end of a post', async () => {
    const ends = async () => {
      const { jobId } = (await (await host().routes.publishPhotos(post('publish/photos?accountId=open-1', PHOTOS))).json()) as { jobId: string };
      await (await host().routes.publishEvents(get(`publish/events?jobId=${jobId}`))).text();
      return host().flows.splice(0);
    };
    host().api.publishPhotos = async () => ({ status: 'PUBLISH_COMPLETE' }) as PublishOutcome;
    expect((await ends()).map(({ flow, step }) => `${flow} ${step}`)).toEqual(['publish started', 'publish finished']);
    host().api.publishPhotos = async () => {
      throw new ToklinkError({ code: 'REJECTED', owner: 'user', message: 'm' });
    };
    expect(await ends()).toMatchObject([{ step: 'started' }, { step: 'failed', code: 'REJECTED', owner: 'user' }]);
  });

  it('passes the error of a hook to onError, and logins succeed', async () => {
    host().onFlow = () => {
      throw new Error('the counter is broken');
    };
    expect((await host().routes.connect(get(CONNECT))).status).toBe(303);
    expect(host().errors).toMatchObject([{ message: 'the counter is broken' }]);
  });
});
