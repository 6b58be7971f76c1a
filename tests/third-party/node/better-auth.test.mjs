import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { betterAuth } from 'better-auth';
import { memoryAdapter } from 'better-auth/adapters/memory';
import {
  asked,
  CLIENT_KEY,
  CLIENT_SECRET,
  consent,
  cookieHeader,
  cookies,
  registerRedirect,
  reset,
} from './tiktok.mjs';

const SITE = 'https://app.example.test';

describe('better-auth', () => {
  beforeEach(async () => {
    await reset();
    await registerRedirect(`${SITE}/api/auth/callback/tiktok`);
  });

  function host() {
    const database = { user: [], session: [], account: [], verification: [], rateLimit: [] };
    const auth = betterAuth({
      baseURL: SITE,
      secret: 'a-secret-of-this-test-and-of-nothing-else',
      database: memoryAdapter(database),
      socialProviders: { tiktok: { clientKey: CLIENT_KEY, clientSecret: CLIENT_SECRET, scope: ['user.info.stats'] } },
      telemetry: { enabled: false },
    });
    const call = (path, { jar = new Map(), body } = {}) =>
      auth.handler(
        new Request(new URL(path, SITE), {
          method: body === undefined ? 'GET' : 'POST',
          headers: { 'content-type': 'application/json', origin: SITE, cookie: cookieHeader(jar) },
          body: body && JSON.stringify(body),
        }),
      );
    return { call, database };
  }

  async function start(call) {
    const begun = await call('/api/auth/sign-in/social', {
      body: { provider: 'tiktok', callbackURL: '/in', errorCallbackURL: '/out' },
    });
    assert.equal(begun.status, 200);
    return { url: (await begun.json()).url, jar: cookies(begun) };
  }

  it('logs a user in and creates a session', async () => {
    const { call, database } = host();
    const { url, jar } = await start(call);
    const landed = await call(await consent(url), { jar });
    assert.equal(landed.status, 302);
    assert.equal(landed.headers.get('location'), '/in');
    const session = await (await call('/api/auth/get-session', { jar: cookies(landed, jar) })).json();
    assert.equal(session.user.name, 'Ana');
    assert.match(database.account[0].accessToken, /^act\./);
    assert.deepEqual(await asked(), ['authorize 200', 'authorize 302', 'token 200', 'user_info 200']);
  });

  it('refreshes the token of the account', async () => {
    const { call, database } = host();
    const { url, jar } = await start(call);
    const landed = await call(await consent(url), { jar });
    const before = database.account[0].refreshToken;
    const refreshed = await call('/api/auth/refresh-token', {
      jar: cookies(landed, jar),
      body: { accountId: database.account[0].id },
    });
    assert.equal(refreshed.status, 200);
    assert.match((await refreshed.json()).refreshToken, /^rft\./);
    assert.notEqual(database.account[0].refreshToken, before);
  });

  it('redirects to its error page after a denied consent', async () => {
    const { call } = host();
    const { url, jar } = await start(call);
    const landed = await call(await consent(url, { decision: 'deny' }), { jar });
    assert.match(landed.headers.get('location'), /\/out\?.*error=access_denied/);
  });
});
