import { createHash, timingSafeEqual } from 'node:crypto';
import { variable } from '../../environment.js';
import type { RouteContext } from '../context.js';
import { wholeNumber } from '../query.js';
import { json, HttpError } from '../respond.js';

const DEFAULT_LIMIT = 100;
const MOST = 100_000;

/**
 * GET [?workspaceId&limit] with `Authorization: Bearer CRON_SECRET` or `X-Cron-Secret: CRON_SECRET`: collects the figures of
 * accounts that have none of today yet. Ends early, keeping what it has, when the scheduler hangs up.
 */
export async function collectMetrics(context: RouteContext, request: Request): Promise<Response> {
  const { cron, env = process.env } = context.options;
  const secret = cron?.secret ?? variable(env, 'CRON_SECRET');
  if (!secret) {
    throw new HttpError(503, 'NOT_SET_UP', 'CRON_SECRET is not set, so no job may run. Set it here and at the scheduler.');
  }
  const { headers } = request;
  const bearer = equal(headers.get('authorization') ?? '', `Bearer ${secret}`);
  // Both are compared always, so that the time does not show which header a scheduler uses.
  const plain = equal(headers.get('x-cron-secret') ?? '', secret);
  if (!bearer && !plain) {
    throw new HttpError(401, 'SIGNED_OUT', 'Unauthorized');
  }
  const query = new URL(request.url).searchParams;
  const limit = wholeNumber(query, 'limit', 1, MOST) ?? cron?.limit ?? DEFAULT_LIMIT;
  const tenant = query.get('workspaceId');
  const client = await context.client();
  const report = await client.collectMetrics({ limit, ...(tenant && { tenant }), signal: request.signal });
  return json(report);
}

/** Hashed first, so that neither the length nor the place of the first difference shows in the time. */
function equal(sent: string, wanted: string): boolean {
  const hash = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(sent), hash(wanted));
}
