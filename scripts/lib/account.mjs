// A client of the emulator's seeded app, and an account that is connected as in a browser.

import { request } from 'node:http';

/** Returns options of a client for the emulator at `baseUrl`. */
export const clientOptions = (baseUrl, encryptionKey) => ({
  clientKey: 'awtoklinkemu0001',
  clientSecret: 'toklinkemulatorclientsecret00001',
  encryptionKey,
  callbackUrl: 'http://127.0.0.1:8700/callback',
  apiBaseUrl: baseUrl,
  authBaseUrl: baseUrl,
});

/**
 * Sends the form of the consent page with all scopes and returns the redirect URL. It does not use fetch, whose WebAssembly is
 * compiled in the background for tens of MiB and would count as memory of the measured program.
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

/** Connects an account; returns the result of `completeLogin`. */
export async function connect(client, { tenant = '', userId = 'scripts' } = {}) {
  const start = await client.beginLogin({ userId, tenant });
  const callback = await consent(start.authorizeUrl);
  return client.completeLogin({ callback, cookies: { [start.cookie.name]: start.cookie.value }, userId });
}
