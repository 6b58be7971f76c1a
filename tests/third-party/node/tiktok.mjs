// Simulates the user at the browser and configures the emulator.

import assert from 'node:assert/strict';

const EMULATOR = process.env.TOKLINK_EMULATOR_URL;

export const CLIENT_KEY = 'awtoklinkemu0001';
export const CLIENT_SECRET = 'toklinkemulatorclientsecret00001';
/** A redirect URI that the emulator's seed registers. */
export const REDIRECT_URI = 'https://spike.land/api/social/tiktok/callback';

async function control(name, body) {
  const response = await fetch(`${EMULATOR}/_emulator/${name}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const answer = await response.json();
  assert.equal(response.status, 200, answer.error);
  return answer;
}

/** Resets the emulator to its initial state. */
export const reset = () => control('reset', {});
export const settings = (changes) => control('settings', changes);
export const registerRedirect = (url) => control('redirect', { client_key: CLIENT_KEY, url });

/** Returns the endpoint and the status of each request to the emulator since the reset. */
export async function asked() {
  const { requests } = await (await fetch(`${EMULATOR}/_emulator/requests`)).json();
  return requests.filter((one) => one.endpoint !== null).map((one) => `${one.endpoint} ${one.status}`);
}

/** Returns the parameter that the error page names, or undefined if the page is a consent form. */
export async function refusedParameter(authorizeUrl) {
  const page = await (await fetch(authorizeUrl, { redirect: 'manual' })).text();
  return /id="bad-parameter"><code>([^<]*)/.exec(page)?.[1];
}

/** Opens the login page as a user does, grants or denies access, and returns the URL of the redirect. */
export async function consent(authorizeUrl, { username = 'ana.makes', decision = 'allow' } = {}) {
  const page = await fetch(authorizeUrl);
  const html = await page.text();
  assert.equal(page.status, 200, html);
  const scopes = [...html.matchAll(/name="scope" value="([^"]+)"/g)].map((match) => match[1]);
  const form = new URLSearchParams([
    ['username', username],
    ...scopes.map((scope) => ['scope', scope]),
    ['decision', decision],
  ]);
  const answer = await fetch(authorizeUrl, { method: 'POST', body: form, redirect: 'manual' });
  assert.ok([302, 303].includes(answer.status), await answer.text());
  return new URL(answer.headers.get('location'));
}

/** Returns the browser's cookies after a response. */
export function cookies(response, before = new Map()) {
  const jar = new Map(before);
  for (const line of response.headers.getSetCookie()) {
    const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
    jar.set(name, value);
  }
  return jar;
}

export const cookieHeader = (jar) => [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
