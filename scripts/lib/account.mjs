// A client of the emulator's seeded app, and an account connected to it the way a browser does.

import { request } from 'node:http';

/** Options of a client that talks to the emulator at `baseUrl`. */
export const clientOptions = (baseUrl, encryptionKey) => ({
  clientKey: 'awtoklinkemu0001',
  clientSecret: 'toklinkemulatorclientsecret00001',
  encryptionKey,
  callbackUrl: 'http://127.0.0.1:8700/callback',
  apiBaseUrl: baseUrl,
  authBaseUrl: baseUrl,
});

/**
 * Sends the form of the consent page, every box ticked, and answers where TikTok sends the browser. Not by fetch: its
 * WebAssembly is compiled in the background for tens of MiB, which would be counted as the memory of what is measured.
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

/** Connects an account from begin to end; answers what `completeLogin` did. */
export async function connect(client, { tenant = '', userId = 'scripts' } = {}) {
  const start = await client.beginLogin({ userId, tenant });
  const callback = await consent(start.authorizeUrl);
  return client.completeLogin({ callback, cookies: { [start.cookie.name]: start.cookie.value }, userId });
}
