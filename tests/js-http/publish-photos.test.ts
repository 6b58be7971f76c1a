import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ToklinkError } from '../../js/errors.js';
import type { PublishOutcome } from '../../js/types.js';
import { get, ORIGIN, post, withHost } from './host.js';

const URLS = ['https://media.example.test/1.jpg', 'https://media.example.test/2.jpg'];
const PATH = 'publish/photos?accountId=open-1';

describe('posting photos', () => {
  const host = withHost();

  it('responds with a job at once and sends the outcome later', async () => {
    const outcome = { publishId: 'p_pub_1', status: 'PUBLISH_COMPLETE', postId: null } as PublishOutcome;
    host().api.publishPhotos = async () => outcome;
    const jobId = randomUUID();
    const body = { photoUrls: URLS, coverIndex: 1, title: 'Two', description: 'Of them', privacyLevel: 'SELF_ONLY', allowComment: 'true', isAigc: true };
    const response = await host().routes.publishPhotos(post(`${PATH}&jobId=${jobId}`, body));
    expect([response.status, await response.json()]).toEqual([202, { jobId }]);
    const events = await host().routes.publishEvents(get(`publish/events?jobId=${jobId}`));
    expect(await events.text()).toContain('event: outcome');
    const [[account, input, options]] = host().called('publishPhotos') as [[unknown, unknown, { idempotencyKey: string }]];
    expect(account).toEqual({ tenant: 'ws1', accountId: 'open-1' });
    expect(input).toEqual({
      urls: URLS,
      coverIndex: 1,
      title: 'Two',
      description: 'Of them',
      privacyLevel: 'SELF_ONLY',
      draft: false,
      allowComment: true,
      brandContent: false,
      brandOrganic: false,
      isAigc: true,
      autoAddMusic: false,
    });
    expect(options.idempotencyKey).toBe(jobId);
  });

  it('reports a failure as an event and to the host', async () => {
    host().api.publishPhotos = async () => {
      throw new ToklinkError({ code: 'REJECTED', message: 'TikTok could not fetch the file' });
    };
    const response = await host().routes.publishPhotos(post(PATH, { photoUrls: URLS, privacyLevel: 'SELF_ONLY' }));
    const { jobId } = (await response.json()) as { jobId: string };
    const events = await host().routes.publishEvents(get(`publish/events?jobId=${jobId}`));
    expect(await events.text()).toContain('"error":"TikTok could not fetch the file"');
    expect(host().errors).toHaveLength(1);
  });

  const BAD: [string, unknown, number, string][] = [
    ['without photos', { privacyLevel: 'SELF_ONLY' }, 400, 'photoUrls'],
    ['with photos that are not strings', { photoUrls: [1], privacyLevel: 'SELF_ONLY' }, 400, 'photoUrls'],
    ['without a privacy level', { photoUrls: URLS }, 400, 'privacyLevel'],
    ['with an unknown privacy level', { photoUrls: URLS, privacyLevel: 'EVERYBODY' }, 400, 'privacyLevel'],
    ['with a cover that is not a number', { photoUrls: URLS, privacyLevel: 'SELF_ONLY', coverIndex: '1' }, 400, 'coverIndex'],
    ['that is not a JSON object', 'text', 400, 'photoUrls'],
    ['whose body is too large', { photoUrls: ['x'.repeat(200_000)] }, 413, ''],
  ];
  it.each(BAD)('rejects a post %s', async (_what, body, status, field) => {
    const response = await host().routes.publishPhotos(post(PATH, body));
    expect(response.status).toBe(status);
    const code = status === 413 ? 'TOO_LARGE' : 'BAD_REQUEST';
    expect(await response.json()).toMatchObject({ code, error: expect.stringContaining(field) });
    expect(host().called('publishPhotos')).toEqual([]);
  });

  it('rejects strangers, viewers and other origins', async () => {
    const body = { photoUrls: URLS, privacyLevel: 'SELF_ONLY' };
    const status = async (path = PATH, headers = {}) => (await host().routes.publishPhotos(post(path, body, headers))).status;
    expect(await status(PATH, { origin: 'https://evil.example' })).toBe(403);
    expect(await status('publish/photos?accountId=open-2')).toBe(403);
    host().user = 'victor';
    expect(await status()).toBe(403);
    host().user = null;
    expect(await status()).toBe(401);
    host().user = 'olivia';
    host().api.publishPhotos = () => new Promise(() => {});
    const jobId = randomUUID();
    expect(await status(`${PATH}&jobId=${jobId}`)).toBe(202);
    expect(await status(`${PATH}&jobId=${jobId}`)).toBe(409);
    const cancel = await host().routes.cancelPublish(post('publish/cancel', { jobId }, { origin: ORIGIN }));
    expect(cancel.status).toBe(202);
  });
});
