import { loginCookies, readCookies } from '../cookies.js';
import { permitted, refuseForeignStart, signedIn, workspaceOf } from '../guard.js';
import { ownUrl } from '../origin.js';
import { codeOf, redirect, HttpError } from '../respond.js';
import type { RouteContext } from '../context.js';

/** GET ?workspaceId&workspaceSlug: redirects the browser to TikTok's consent page. */
export async function connect(context: RouteContext, request: Request): Promise<Response> {
  const { options, address } = context;
  const session = await signedIn(options, request);
  refuseForeignStart(request);
  const query = new URL(request.url).searchParams;
  const workspaceId = query.get('workspaceId');
  if (!workspaceId || !query.get('workspaceSlug')) {
    throw new HttpError(400, 'BAD_REQUEST', 'workspaceId and workspaceSlug are required');
  }
  await permitted(options, session, workspaceId, 'social:connect');
  const workspace = await workspaceOf(options, workspaceId);
  const returnTo = context.accountsPath(workspace.slug);
  try {
    const client = await context.client();
    const login = await client.beginLogin({
      userId: session.user.id,
      tenant: workspace.id,
      redirectUri: address.redirectUri,
      returnTo,
    });
    context.flow('login', 'started');
    return redirect(login.authorizeUrl, loginCookies(login.cookie, readCookies(request), address));
  } catch (error) {
    // A user who pressed the button sees the error on a page. Any other client receives the HTTP status.
    if (!(request.headers.get('accept') ?? '').includes('text/html')) throw error;
    context.report(error, 'connect');
    return redirect(ownUrl(address, returnTo, { error: codeOf(error) }));
  }
}
