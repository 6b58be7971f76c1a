import type { AccountKey, ResealReport } from '../../types.js';
import type { RouteContext } from '../context.js';
import { requireCronSecret } from '../cron.js';
import { HttpError, json } from '../respond.js';

/** The time limit of a run. A scheduler usually waits for 30 s, which leaves 10 s for the last writes and the response. */
const TIME_LIMIT_MS = 20_000;

/** The response body of the route. */
interface MigrateReport extends Omit<ResealReport, 'next'> {
  /** False for a dry run. */
  applied: boolean;
  /** The query parameter `after` for the next call, if the time limit ended this call; `null` when all accounts are done. */
  next: string | null;
}

/**
 * POST [?apply=true&after] with the scheduler's secret: encrypts the tokens that the host's own code stored. With
 * `migration.format: 'legacy'`, writes them back in the host's format. Without `apply=true`, only counts the accounts. Concurrent
 * calls are safe, because a row is written only if it has not changed since it was read.
 */
export async function migrate(context: RouteContext, request: Request): Promise<Response> {
  const { migration } = context.options;
  if (!migration) throw new HttpError(404, 'NOT_FOUND', 'The migration is disabled. Set the option migration to enable it.');
  requireCronSecret(context.options, request);
  const query = new URL(request.url).searchParams;
  const apply = flag(query, 'apply');
  const after = accountAfter(query.get('after'));
  const { acceptClearText = false, format = 'current' } = migration;
  const client = await context.client();
  const { next, ...report } = await client.resealAccounts({
    checkOnly: !apply,
    acceptClearText,
    format,
    timeLimitMs: TIME_LIMIT_MS,
    signal: request.signal,
    ...(after && { after }),
  });
  const answer: MigrateReport = { applied: apply, ...report, next: next && cursorOf(next) };
  return json(answer);
}

function flag(query: URLSearchParams, name: string): boolean {
  const text = query.get(name);
  if (text === null || text === 'false') return false;
  if (text === 'true') return true;
  throw new HttpError(400, 'BAD_REQUEST', `${name} must be true or false`);
}

function cursorOf({ tenant, accountId }: AccountKey): string {
  return Buffer.from(JSON.stringify([tenant, accountId])).toString('base64url');
}

function accountAfter(cursor: string | null): AccountKey | null {
  if (cursor === null) return null;
  try {
    const [tenant, accountId, ...more] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[];
    if (typeof tenant === 'string' && typeof accountId === 'string' && more.length === 0) return { tenant, accountId };
  } catch {
    // Any other value is rejected below.
  }
  throw new HttpError(400, 'BAD_REQUEST', 'after must be the value of next in an earlier response');
}
