import type { AccountStatus } from '../types.js';
import type { FoundAccount, HostSession, TikTokPermission, TikTokRouteOptions, Workspace } from './options.js';
import { AccessDenied } from './access-denied.js';
import { ToklinkError } from '../errors.js';
import { HttpError } from './respond.js';

/** Resolves to the session, or rejects with 401. If the session lookup fails, the request counts as signed out. */
export async function signedIn<S extends HostSession>(options: TikTokRouteOptions<S>, request: Request): Promise<S> {
  const session = await sessionOf(options, request);
  if (session === null) throw new HttpError(401, 'SIGNED_OUT', 'Unauthorized');
  return session;
}

export async function sessionOf<S extends HostSession>(
  options: TikTokRouteOptions<S>,
  request: Request,
): Promise<S | null> {
  try {
    const session = await options.auth(request);
    return session?.user?.id ? session : null;
  } catch (error) {
    options.onError?.(error, 'auth');
    return null;
  }
}

/** The text for the user when the host's own message may not be meant for users. */
const NOT_ALLOWED = 'You do not have permission to do this in this workspace, or your permission could not be checked. Try again, or ask an owner of the workspace.';

/** Asks the host's `permissions` hook to allow the action in the workspace. A refusal becomes 401 or 403. */
export async function permitted<S extends HostSession>(
  options: TikTokRouteOptions<S>,
  session: S,
  workspaceId: string,
  permission: TikTokPermission,
): Promise<void> {
  try {
    await options.permissions(session, workspaceId, permission);
  } catch (error) {
    if (ToklinkError.is(error) || HttpError.is(error)) throw error;
    if (AccessDenied.is(error)) throw new HttpError(error.status, error.status === 401 ? 'SIGNED_OUT' : 'FORBIDDEN', error.message);
    if (error instanceof Error && error.message.includes('Unauthorized')) throw new HttpError(401, 'SIGNED_OUT', 'Unauthorized');
    options.onError?.(error, 'permissions');
    throw new HttpError(403, 'FORBIDDEN', NOT_ALLOWED);
  }
}

export async function workspaceOf<S extends HostSession>(
  options: TikTokRouteOptions<S>,
  workspaceId: string,
): Promise<Workspace> {
  const workspace = await options.workspaces.byId(workspaceId);
  if (workspace === null) throw new HttpError(404, 'NOT_FOUND', 'This workspace does not exist. Open it from your list again.');
  return workspace;
}

/**
 * Rejects a login that does not start on the host's own page. Otherwise a link on another site could connect an unwanted account.
 */
export function refuseForeignStart(request: Request): void {
  const site = request.headers.get('sec-fetch-site');
  if (site === null || site === 'same-origin' || site === 'none') return;
  throw new HttpError(
    403,
    'FOREIGN_ORIGIN',
    'This link came from another site, so nothing was connected. Open the accounts page and press Connect there.',
  );
}

/** Rejects a request that changes data unless it comes from a page on the host's configured origin. */
export function requireOwnOrigin(request: Request, origin: string): void {
  const sent = request.headers.get('origin');
  if (sent === origin) return;
  throw new HttpError(
    403,
    'FOREIGN_ORIGIN',
    `This request did not come from a page of ${origin}, so nothing was changed. Open the dashboard at ${origin} and try again.`,
  );
}

/** Statuses in which calls are allowed. All of them except ACTIVE end with the next successful call. */
const SERVED: ReadonlySet<string> = new Set<AccountStatus>(['ACTIVE', 'RATE_LIMITED', 'RESTRICTED', 'ERROR']);
/** Statuses that end only with a new login. */
const ENDED: ReadonlySet<string> = new Set<AccountStatus>(['EXPIRED', 'DISCONNECTED']);

/**
 * Resolves to the account of a request, after checking the session and the permission. An id may exist in several workspaces.
 * Without `workspaceId`, returns the first connected account that the user may access. With `any`, also returns an account that
 * is EXPIRED or DISCONNECTED, or that has one of the host's own statuses.
 */
export async function accountFor<S extends HostSession>(
  options: TikTokRouteOptions<S>,
  session: S,
  wanted: { accountId: string | null; workspaceId: string | null },
  permission: TikTokPermission,
  use: 'connected' | 'any' = 'connected',
): Promise<FoundAccount> {
  if (!wanted.accountId) throw new HttpError(400, 'BAD_REQUEST', 'accountId is required');
  const found = await options.accounts.find(wanted.accountId, wanted.workspaceId);
  let denied: unknown = null;
  let refused: FoundAccount | null = null;
  for (const account of found) {
    try {
      await permitted(options, session, account.workspaceId, permission);
    } catch (error) {
      denied ??= error;
      continue;
    }
    if (use === 'any' || SERVED.has(account.status)) return account;
    refused ??= account;
  }
  if (refused !== null) {
    const { status } = refused;
    const next = ENDED.has(status) ? 'Connect it again on the accounts page.' : 'The dashboard itself has set this status. Ask its operator.';
    throw new HttpError(404, 'INACTIVE', `This TikTok account is ${status}. ${next}`);
  }
  throw denied ?? new HttpError(404, 'NOT_FOUND', 'This TikTok account is not connected here. Connect it first.');
}

export function keyOf(account: FoundAccount): { tenant: string; accountId: string } {
  return { tenant: account.workspaceId, accountId: account.accountId };
}
