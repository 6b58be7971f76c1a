// A client of the emulator's seeded app, and an account connected to it the way a browser does.

/** Options of a client that talks to the emulator at `baseUrl`. */
export const clientOptions = (baseUrl, encryptionKey) => ({
  clientKey: 'awtoklinkemu0001',
  clientSecret: 'toklinkemulatorclientsecret00001',
  encryptionKey,
  callbackUrl: 'http://127.0.0.1:8700/callback',
  apiBaseUrl: baseUrl,
  authBaseUrl: baseUrl,
});

/** Sends the form of the consent page, every box ticked, and answers where TikTok sends the browser. */
export async function consent(authorizeUrl) {
  const form = new URLSearchParams({ username: 'ana.makes', decision: 'allow' });
  for (const scope of new URL(authorizeUrl).searchParams.get('scope').split(',')) form.append('scope', scope);
  const response = await fetch(authorizeUrl, { method: 'POST', body: form, redirect: 'manual' });
  return response.headers.get('location');
}

/** Connects an account from begin to end; answers what `completeLogin` did. */
export async function connect(client) {
  const userId = 'scripts';
  const start = await client.beginLogin({ userId });
  const callback = await consent(start.authorizeUrl);
  return client.completeLogin({ callback, cookies: { [start.cookie.name]: start.cookie.value }, userId });
}
