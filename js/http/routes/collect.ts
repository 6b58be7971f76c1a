import type { RouteContext } from '../context.js';
import { requireCronSecret } from '../cron.js';
import { wholeNumber } from '../query.js';
import { json } from '../respond.js';

const DEFAULT_LIMIT = 100;
const MOST = 100_000;

/**
 * GET [?workspaceId&limit] with `Authorization: Bearer CRON_SECRET` or `X-Cron-Secret: CRON_SECRET`: collects the figures of
 * accounts that have none of today yet. Ends early, keeping what it has, when the scheduler hangs up.
 */
export async function collectMetrics(context: RouteContext, request: Request): Promise<Response> {
  requireCronSecret(context.options, request);
  const query = new URL(request.url).searchParams;
  const limit = wholeNumber(query, 'limit', 1, MOST) ?? context.options.cron?.limit ?? DEFAULT_LIMIT;
  const tenant = query.get('workspaceId');
  const client = await context.client();
  const report = await client.collectMetrics({ limit, ...(tenant && { tenant }), signal: request.signal });
  return json(report);
}
