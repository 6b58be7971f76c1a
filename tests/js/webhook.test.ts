import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Client } from '../../js/index.js';
import type { Account, WebhookEvent } from '../../js/index.js';
import { APP } from './emulator.js';
import { connect, options, withEmulator } from './connected.js';

const { emulator } = withEmulator();
let client: Client;
let account: Account;

beforeEach(async () => {
  client = new Client(options(emulator()));
  account = await connect(client, emulator());
});
afterEach(() => client.close());

/** Returns a webhook as TikTok signs it, with Node's own hash. */
function signed(event: string, content: object | string, secret: string = APP.clientSecret): [string, Uint8Array] {
  const seconds = Math.floor(Date.now() / 1000);
  const body = JSON.stringify({
    client_key: APP.clientKey,
    event,
    create_time: seconds,
    user_openid: account.accountId,
    content: typeof content === 'string' ? content : JSON.stringify(content),
  });
  const mac = createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex');
  return [`t=${seconds},s=${mac}`, Buffer.from(body)];
}

describe('webhooks', () => {
  it('returns a typed event with exact ids', () => {
    const content = { publish_id: 'v_pub_file~v2-1.1', post_id: '7590547243062919890', publish_type: 'DIRECT_PUBLISH' };
    const event = client.verifyWebhook(...signed('post.publish.publicly_available', content));
    expect(event).toMatchObject({
      event: 'post.publish.publicly_available',
      accountId: account.accountId,
      publishId: 'v_pub_file~v2-1.1',
      postId: '7590547243062919890',
    });
  });

  it('returns an unknown event for signed text content', async () => {
    const event = client.verifyWebhook(...signed('tiktok.ping', 'test webhook'));
    expect(event).toMatchObject({ event: 'unknown', name: 'tiktok.ping', accountId: account.accountId });
    expect(await client.applyWebhook(event)).toBe('nothing_to_do');
  });

  it('accepts only the current and previous secrets of the app', () => {
    const [signature, body] = signed('post.publish.complete', { publish_id: 'p' }, 'an-earlier-secret');
    expect(() => client.verifyWebhook(signature, body)).toThrow(expect.objectContaining({ code: 'INTEGRITY' }));
    expect(client.verifyWebhook(signature, body, { previousSecrets: ['an-earlier-secret'] }).event).toBe(
      'post.publish.complete',
    );
    const other = Uint8Array.from(body, (byte, at) => (at === 20 ? 0xff : byte));
    expect(() => client.verifyWebhook(signature, other, { previousSecrets: ['an-earlier-secret'] })).toThrow(
      expect.objectContaining({ code: 'INTEGRITY' }),
    );
    expect(() => client.verifyWebhook(signature, '{}' as never)).toThrow(expect.objectContaining({ code: 'INVALID_INPUT' }));
  });

  it('disconnects an account whose user withdrew consent', async () => {
    const event = client.verifyWebhook(...signed('authorization.removed', { reason: 1 }));
    // This event is older than the login.
    const late: WebhookEvent = { ...event, createdAt: '2020-01-01T00:00:00.000Z' };
    expect(await client.applyWebhook(late)).toBe('outdated');
    const now: WebhookEvent = { ...event, createdAt: new Date(Date.now() + 1000).toISOString() };
    expect(await client.applyWebhook(now)).toBe('applied');
    expect((await client.account(account)).status).toBe('DISCONNECTED');
    expect(await client.applyWebhook(now)).toBe('already_known');
  });

  it('rejects an event that verifyWebhook did not return', async () => {
    await expect(client.applyWebhook({ event: 'nonsense' } as never)).rejects.toMatchObject({ code: 'INVALID_INPUT' });
  });
});
