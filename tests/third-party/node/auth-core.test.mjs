import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { Auth } from '@auth/core';
import TikTok from '@auth/core/providers/tiktok';
import {
  asked,
  CLIENT_KEY,
  CLIENT_SECRET,
  consent,
  cookieHeader,
  cookies,
  refusedParameter,
  registerRedirect,
  reset,
} from './tiktok.mjs';

const SITE = 'https://app.example.test';

describe('Auth.js', () => {
  beforeEach(async () => {
    await reset();
    await registerRedirect(`${SITE}/auth/callback/tiktok`);
  });

  async function start(options) {
    const provider = TikTok({ clientId: CLIENT_KEY, clientSecret: CLIENT_SECRET, ...options });
    const config = {
      basePath: '/auth',
      secret: 'a-secret-of-this-test',
      trustHost: true,
      providers: [provider],
      logger: { error() {}, warn() {} },
    };
    const call = (path, { jar = new Map(), form } = {}) =>
      Auth(
        new Request(new URL(path, SITE), {
          method: form === undefined ? 'GET' : 'POST',
          headers: { cookie: cookieHeader(jar) },
          body: form && new URLSearchParams(form),
        }),
        config,
      );
    const first = await call('/auth/csrf');
    const { csrfToken } = await first.json();
    const begun = await call('/auth/signin/tiktok', {
      jar: cookies(first),
      form: { csrfToken, callbackUrl: `${SITE}/in` },
    });
    assert.equal(begun.status, 302);
    return { call, url: begun.headers.get('location'), jar: cookies(begun, cookies(first)) };
  }

  it('logs a user in and creates a session', async () => {
    const { call, url, jar } = await start({ checks: ['state'] });
    const landed = await call(await consent(url), { jar });
    assert.equal(landed.headers.get('location'), `${SITE}/in`);
    const session = await (await call('/auth/session', { jar: cookies(landed, jar) })).json();
    assert.equal(session.user.name, 'Ana');
    assert.deepEqual(await asked(), ['authorize 200', 'authorize 302', 'token 200', 'user_info 200']);
  });

  it('gets the error page without a state by default (1.1)', async () => {
    const { url } = await start({});
    assert.equal(await refusedParameter(url), 'state');
  });
});
