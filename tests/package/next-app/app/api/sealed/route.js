import { Client, ToklinkError } from 'toklink';
import { createTikTokHandlers } from 'toklink/next';
import { createSocialClient } from 'toklink/social';

export const dynamic = 'force-dynamic';

/** What only the addon can do: seals a text, opens it, and refuses one that was changed. */
export async function GET() {
  const client = new Client({
    clientKey: 'awpackage0000001',
    clientSecret: 'secretsecretsecretsecretsecret00',
    encryptionKey: '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f',
    callbackUrl: 'https://example.com/callback',
  });
  const place = { accountId: 'a', field: 'note' };
  const sealed = client.seal(place, 'hello');
  let refused = null;
  try {
    client.open({ ...place, field: 'other' }, sealed);
  } catch (error) {
    refused = ToklinkError.is(error) ? error.code : 'another error';
  }
  const routes = [typeof createTikTokHandlers, typeof createSocialClient];
  const answer = { opened: client.open(place, sealed), refused, routes, accounts: await client.accounts() };
  await client.close();
  return Response.json(answer);
}
