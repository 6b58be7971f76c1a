import { ToklinkError } from '../../errors.js';
import type { WebhookEvent } from '../../types.js';
import { readBytes } from '../body.js';
import type { RouteContext } from '../context.js';
import { json, HttpError } from '../respond.js';

/** The maximum body size, far above the few hundred bytes of documented webhooks. */
const MAX_BODY_BYTES = 64 * 1024;

/**
 * POST by TikTok, without a session: the signature of the raw body proves that TikTok sent the request. TikTok retries a webhook
 * for 72 hours until the response is 200. Therefore only a forged webhook, or one that could not be stored, gets another status.
 */
export async function webhook(context: RouteContext, request: Request): Promise<Response> {
  const { webhooks } = context.options;
  const signature = request.headers.get('tiktok-signature') ?? '';
  const body = await readBytes(request, MAX_BODY_BYTES);
  const client = await context.client();
  let event: WebhookEvent;
  try {
    event = client.verifyWebhook(signature, body, { previousSecrets: webhooks?.previousSecrets ?? [] });
  } catch (error) {
    // Anyone can send a forged webhook. It is still reported to the operator, because a wrong client secret causes the same
    // error.
    if (!ToklinkError.is(error) || error.code !== 'INTEGRITY') throw error;
    context.report(error, 'webhook');
    throw new HttpError(401, 'FORGED', 'The signature of this webhook does not match.');
  }
  const effect = await client.applyWebhook(event);
  await webhooks?.onEvent?.(event, effect);
  return json({ effect });
}
