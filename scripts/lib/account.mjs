// Creates a client of the emulator's seeded app, and connects an account as a browser would.

import { request } from 'node:http';

/** Returns client options for the emulator at `baseUrl`. */
export const clientOptions = (baseUrl, encryptionKey) => ({
  clientKey: 'awtoklinkemu0001',
  clientSecret: 'toklinkemulatorclientsecret00001',
  encryptionKey,
  callbackUrl: 'http://127.0.0.1:8700/callback',
  apiBaseUrl: baseUrl,
  authBaseUrl: baseUrl,
});

/**
 * Submits the consent page with all scopes and returns the redirect URL. Does not use fetch: compiling its WebAssembly
 * in the background takes tens of MiB, which would count as memory of the measured program.
 */
export async function consent(authorizeUrl) {
  const form = new URLSearchParams({ username: 'ana.makes', decision: 'allow' });
  for (const scope of new URL(authorizeUrl).searchParams.get('scope').split(',')) form.append('scope', scope);
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const response = await new Promise((resolve, reject) => {
    const sent = request(authorizeUrl, { method: 'POST', headers, agent: false }, resolve);
    sent.once('error', reject).end(form.toString());
  });
  response.resume();
  return response.headers.location;
}

/** Connects an account and returns the result of `completeLogin`. */
export async function connect(client, { tenant = '', userId = 'scripts' } = {}) {
  const start = await client.beginLogin({ userId, tenant });
  const callback = await consent(start.authorizeUrl);
  return client.completeLogin({ callback, cookies: { [start.cookie.name]: start.cookie.value }, userId });
}
