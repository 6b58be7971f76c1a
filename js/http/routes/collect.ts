import { ToklinkError } from '../../errors.js';
import type { RouteContext } from '../context.js';
import { requireCronSecret } from '../cron.js';
import { wholeNumber } from '../query.js';
import { json } from '../respond.js';

const DEFAULT_LIMIT = 100;
const MOST = 100_000;
/** The maximum age in seconds. A longer one makes no difference, because metrics are stored per day. */
const DAY_SEC = 86_400;

/**
 * GET [?workspaceId&limit&maxAge] with `Authorization: Bearer CRON_SECRET` or `X-Cron-Secret: CRON_SECRET`: collects the metrics
 * of accounts that have no metrics of today, or whose metrics are older than `maxAge` seconds. When the scheduler disconnects,
 * the collection stops and keeps the metrics that it has read.
 */
export async function collectMetrics(context: RouteContext, request: Request): Promise<Response> {
  requireCronSecret(context.options, request);
  const query = new URL(request.url).searchParams;
  const { cron } = context.options;
  const limit = wholeNumber(query, 'limit', 1, MOST) ?? cron?.limit ?? DEFAULT_LIMIT;
  const maxAgeSec = wholeNumber(query, 'maxAge', 0, DAY_SEC);
  const maxAgeMs = maxAgeSec === null ? cron?.maxAgeMs : maxAgeSec * 1000;
  const tenant = query.get('workspaceId');
  const client = await context.client();
  const report = await client.collectMetrics({
    limit,
    ...(maxAgeMs !== undefined && { maxAgeMs }),
    ...(tenant && { tenant }),
    signal: request.signal,
  });
  // The scheduler receives the error codes. The causes, which are errors of the host, are only logged.
  for (const { tenant: workspaceId, accountId, code, message, cause } of report.failures) {
    if (cause === undefined) continue;
    const what = `account ${accountId} of workspace ${workspaceId}: ${message}`;
    context.report(new ToklinkError({ code, operation: 'collectMetrics', message: what }, { cause }), 'collectMetrics');
  }
  return json(report);
}
