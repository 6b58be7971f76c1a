import { describe, expect, it } from 'vitest';
import { ToklinkError } from '../../js/errors.js';
import type { WebhookEvent } from '../../js/types.js';
import { withHost } from './host.js';

const EVENT: WebhookEvent = {
  event: 'post.publish.complete',
  publishId: 'v_pub_1',
  publishType: 'DIRECT_PUBLISH',
  clientKey: 'aw1',
  createdAt: '2026-01-01T00:00:00.000Z',
  accountId: 'open-1',
  dedupeKey: 'd',
};

function delivery(body: string | Uint8Array<ArrayBuffer>, signature = 't=1,s=00'): Request {
  return new Request('http://internal:3000/api/social/tiktok/webhook', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'tiktok-signature': signature },
    body,
  });
}

describe('webhook', () => {
  const host = withHost();

  it('forwards the raw bytes without a session or origin', async () => {
    host().user = null;
    host().api = { verifyWebhook: () => EVENT, applyWebhook: async () => 'applied' };
    const raw = new Uint8Array([0xff, 0x20, 0x7b, 0x7d]);
    const response = await host().routes.webhook(delivery(raw));
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ effect: 'applied' });
    const [[signature, body] = []] = host().called('verifyWebhook');
    expect([signature, [...(body as Uint8Array)]]).toEqual(['t=1,s=00', [...raw]]);
    expect(host().called('applyWebhook')).toEqual([[EVENT]]);
  });

  it('rejects a webhook with an invalid signature', async () => {
    host().api = {
      verifyWebhook: () => {
        throw new ToklinkError({ code: 'INTEGRITY', owner: 'app', message: 'no' });
      },
    };
    const response = await host().routes.webhook(delivery('{}'));
    expect(response.status).toBe(401);
    expect(host().called('applyWebhook')).toEqual([]);
    expect(host().errors).toHaveLength(1);
  });

  it('rejects a body that is too large before its end', async () => {
    const response = await host().routes.webhook(delivery('x'.repeat(65_537)));
    expect(response.status).toBe(413);
    expect(host().calls).toEqual([]);
  });

  it('responds with an error when an event cannot be stored', async () => {
    host().api = {
      verifyWebhook: () => EVENT,
      applyWebhook: () => Promise.reject(new ToklinkError({ code: 'UNAVAILABLE', message: 'the store is busy' })),
    };
    expect((await host().routes.webhook(delivery('{}'))).status).toBe(503);
  });
});
