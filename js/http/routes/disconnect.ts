import { accountFor, keyOf, requireOwnOrigin, signedIn } from '../guard.js';
import { readJson } from '../body.js';
import { json } from '../respond.js';
import type { RouteContext } from '../context.js';

/** POST {accountId, workspaceId?}: deletes the account from the store and revokes the user's consent. */
export async function disconnect(context: RouteContext, request: Request): Promise<Response> {
  requireOwnOrigin(request, context.address.origin);
  const session = await signedIn(context.options, request);
  const body = await readJson(request);
  const account = await accountFor(context.options, session, body, 'social:disconnect', 'any');
  const client = await context.client();
  await client.disconnect(keyOf(account));
  return json({ disconnected: true });
}
