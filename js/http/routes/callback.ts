import { dropCookie, readCookies } from '../cookies.js';
import { permitted, sessionOf } from '../guard.js';
import { ownUrl } from '../origin.js';
import { codeOf, redirect, HttpError } from '../respond.js';
import type { RouteContext } from '../context.js';

/**
 * GET, the target of TikTok's redirect. The user and the workspace come from the encrypted state. The permission is checked again
 * before the code is exchanged, because it may have been withdrawn. The URL of the next page contains only codes and ids, which
 * `LoginNotice` of `toklink/react` converts to text.
 */
export async function callback(context: RouteContext, request: Request): Promise<Response> {
  const { options, address } = context;
  const session = await sessionOf(options, request);
  if (session === null) {
    return redirect(ownUrl(address, options.redirects?.login ?? '/login', { error: 'Unauthorized' }));
  }
  const login = { callback: address.redirectUri + new URL(request.url).search, cookies: readCookies(request) };
  let returnTo = context.accountsPath(null);
  const spent: string[] = [];
  try {
    const client = await context.client();
    const started = client.inspectLogin(login);
    returnTo = started.returnTo ?? returnTo;
    spent.push(dropCookie(started.cookieName, address));
    if (started.userId !== session.user.id) {
      throw new HttpError(
        403,
        'OTHER_PERSON',
        'Another person started this login. Sign in as that person, or press Connect again.',
      );
    }
    await permitted(options, session, started.tenant, 'social:connect');
    const { account, missingScopes } = await client.completeLogin({ ...login, userId: session.user.id });
    context.flow('login', 'finished');
    return redirect(
      ownUrl(address, returnTo, {
        connected: 'tiktok',
        accountId: account.accountId,
        ...(missingScopes.length > 0 && { missing: missingScopes.join(',') }),
      }),
      spent,
    );
  } catch (error) {
    context.flow('login', { failed: error });
    context.report(error, 'callback');
    return redirect(ownUrl(address, returnTo, { error: codeOf(error) }), spent);
  }
}
