import { ToklinkError } from '../../errors.js';
import type { WebhookEvent } from '../../types.js';
import { readBytes } from '../body.js';
import type { RouteContext } from '../context.js';
import { json, HttpError } from '../respond.js';

/** Documented webhooks have a few hundred bytes. */
const MAX_BODY_BYTES = 64 * 1024;

/**
 * POST by TikTok, without a session: the signature over the raw body tells that it is genuine. Whatever is not answered with
 * 200 comes again for 72 hours, so only what is not TikTok's, or could not be kept, is refused.
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
    // Anyone can send one; the operator hears of it, since a wrong secret looks the same.
    if (!ToklinkError.is(error) || error.code !== 'INTEGRITY') throw error;
    context.report(error, 'webhook');
    throw new HttpError(401, 'FORGED', 'The signature of this webhook does not fit.');
  }
  const effect = await client.applyWebhook(event);
  await webhooks?.onEvent?.(event, effect);
  return json({ effect });
}
