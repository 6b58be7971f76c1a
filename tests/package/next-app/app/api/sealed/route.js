import { ToklinkError } from 'toklink';
import { createTikTokHandlers } from 'toklink/next';
import { createSocialClient } from 'toklink/social';
import { client as shared } from '../../../client';

export const dynamic = 'force-dynamic';

/** Encrypts a value, decrypts it, and rejects it in another field, which all require the native addon. */
export async function GET() {
  const client = shared();
  const place = { accountId: 'a', field: 'note' };
  const sealed = client.seal(place, 'hello');
  let refused = null;
  try {
    client.unseal({ ...place, field: 'other' }, sealed);
  } catch (error) {
    refused = ToklinkError.is(error) ? error.code : 'another error';
  }
  const routes = [typeof createTikTokHandlers, typeof createSocialClient];
  const answer = { opened: client.unseal(place, sealed), refused, routes, accounts: await client.accounts() };
  return Response.json(answer);
}
