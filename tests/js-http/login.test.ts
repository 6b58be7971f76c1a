import { describe, expect, it } from 'vitest';
import { ToklinkError } from '../../js/errors.js';
import { ACCOUNT, codeOf, COOKIE, errorOf, get, INSPECTION, location, ORIGIN, withHost } from './host.js';

const START = 'connect?workspaceId=ws1&workspaceSlug=acme';

describe('connect', () => {
  const host = withHost();

  it('responds with 401 without a session', async () => {
    host().user = null;
    const response = await host().routes.connect(get(START));
    expect(response.status).toBe(401);
    expect(await codeOf(response)).toBe('SIGNED_OUT');
  });

  it.each(['connect', 'connect?workspaceId=ws1', 'connect?workspaceSlug=acme'])('responds with 400 to %s', async (path) => {
    const response = await host().routes.connect(get(path));
    expect(response.status).toBe(400);
    expect(await codeOf(response)).toBe('BAD_REQUEST');
  });

  it('returns the message of AccessDenied', async () => {
    host().user = 'victor';
    const response = await host().routes.connect(get(START));
    expect(response.status).toBe(403);
    expect(await errorOf(response)).toContain('VIEWER');
    expect(host().calls).toEqual([]);
  });

  it('responds with 401 when permissions throws Unauthorized', async () => {
    host().roles = new Proxy({}, { get: () => { throw new Error('Unauthorized: session ended'); } });
    expect((await host().routes.connect(get(START))).status).toBe(401);
  });

  it.each(['cross-site', 'same-site'])('rejects a login that a %s page starts', async (site) => {
    const response = await host().routes.connect(get(START, { 'sec-fetch-site': site }));
    expect(response.status).toBe(403);
    expect(host().calls).toEqual([]);
  });

  it.each(['same-origin', 'none'])('allows a login with Sec-Fetch-Site: %s', async (site) => {
    expect((await host().routes.connect(get(START, { 'sec-fetch-site': site }))).status).toBe(303);
  });

  it('redirects to TikTok and sets an HttpOnly cookie', async () => {
    const response = await host().routes.connect(get(START));
    expect(location(response).host).toBe('www.tiktok.com');
    expect(response.headers.getSetCookie()).toEqual([
      `${COOKIE}=sealed; Path=/api/social/tiktok; Max-Age=600; HttpOnly; SameSite=Lax; Secure`,
    ]);
    expect(host().called('beginLogin')).toEqual([
      [
        {
          userId: 'olivia',
          tenant: 'ws1',
          redirectUri: `${ORIGIN}/api/social/tiktok/callback`,
          returnTo: '/orbit/acme/settings/accounts',
        },
      ],
    ]);
  });

  it('takes the slug from the workspace and not from the query', async () => {
    await host().routes.connect(get('connect?workspaceId=ws1&workspaceSlug=elsewhere'));
    expect(host().called('beginLogin')[0]).toMatchObject([{ returnTo: '/orbit/acme/settings/accounts' }]);
  });

  it('keeps at most four logins per browser and drops the oldest', async () => {
    const names = ['a1', 'b2', 'c3', 'd4', 'e5'].map((tail) => `toklink_login_${tail}`);
    const cookie = `theme=dark; ${names.map((name) => `${name}=x`).join('; ')}`;
    const response = await host().routes.connect(get(START, { cookie }));
    const set = response.headers.getSetCookie();
    expect(set.slice(0, 2).map((each) => each.split('=')[0])).toEqual(names.slice(0, 2));
    expect(set.slice(0, 2).every((each) => each.includes('Max-Age=0'))).toBe(true);
    expect(set).toHaveLength(3);
  });

  it.each([
    [{ TIKTOK_CALLBACK_URL: 'https://spike.land/api/social/tiktok/callback', NEXTAUTH_URL: 'https://a.test' }, 'https://spike.land'],
    [{ NEXTAUTH_URL: 'https://a.test', VERCEL_URL: 'b.test' }, 'https://a.test'],
    [{ VERCEL_URL: 'b.vercel.app' }, 'https://b.vercel.app'],
    [{ NEXTAUTH_URL: 'localhost:4000' }, 'http://localhost:4000'],
    [{}, 'http://localhost:3000'],
  ])('builds the redirect URI from %o, not from the Host header', async (env, origin) => {
    delete host().env.NEXTAUTH_URL;
    Object.assign(host().env, env);
    await host().routes.connect(get(START, { host: 'evil.test', 'x-forwarded-host': 'evil.test' }));
    expect(host().called('beginLogin')[0]).toMatchObject([{ redirectUri: `${origin}/api/social/tiktok/callback` }]);
  });

  it('reports an invalid configuration with a status and a code', async () => {
    const fault = new ToklinkError({ code: 'CONFIG', message: 'TIKTOK_CLIENT_KEY is missing; set it.' });
    host().api.beginLogin = () => Promise.reject(fault);
    const program = await host().routes.connect(get(START, { accept: 'application/json' }));
    expect(program.status).toBe(500);
    expect(await errorOf(program)).toBe(fault.message);
    const person = await host().routes.connect(get(START, { accept: 'text/html,*/*' }));
    expect(location(person).searchParams.get('error')).toBe('CONFIG');
    expect(location(person).pathname).toBe('/orbit/acme/settings/accounts');
  });
});

describe('callback', () => {
  const host = withHost();
  const CALLBACK = 'callback?code=c-secret&state=s';

  it('redirects to the sign-in page without a session', async () => {
    host().user = null;
    const response = await host().routes.callback(get(CALLBACK));
    expect(location(response).href).toBe(`${ORIGIN}/login?error=Unauthorized`);
    expect(host().calls).toEqual([]);
  });

  it('redirects to the workspace of the login, clears the cookie', async () => {
    const response = await host().routes.callback(get(CALLBACK, { cookie: `${COOKIE}=sealed` }));
    expect(response.status).toBe(303);
    const target = location(response);
    expect(target.origin + target.pathname).toBe(`${ORIGIN}/orbit/acme/settings/accounts`);
    expect(Object.fromEntries(target.searchParams)).toEqual({
      connected: 'tiktok',
      accountId: 'open-1',
    });
    expect(response.headers.getSetCookie()).toEqual([
      `${COOKIE}=; Path=/api/social/tiktok; Max-Age=0; HttpOnly; SameSite=Lax; Secure`,
    ]);
    expect(response.headers.get('referrer-policy')).toBe('no-referrer');
    expect(host().called('completeLogin')).toEqual([
      [
        {
          callback: `${ORIGIN}/api/social/tiktok/callback?code=c-secret&state=s`,
          cookies: { [COOKIE]: 'sealed' },
          userId: 'olivia',
        },
      ],
    ]);
  });

  it('lists the scopes that were not granted', async () => {
    host().api.completeLogin = async () => ({
      ...INSPECTION,
      account: ACCOUNT,
      requestedScopes: ['video.list', 'video.publish'], missingScopes: ['video.list', 'video.publish'],
    });
    const response = await host().routes.callback(get(CALLBACK));
    expect(location(response).searchParams.get('missing')).toBe('video.list,video.publish');
  });

  it('checks the permission again before the code is used', async () => {
    host().roles['olivia ws1'] = 'VIEWER';
    const response = await host().routes.callback(get(CALLBACK));
    expect(location(response).pathname).toBe('/orbit/acme/settings/accounts');
    expect(location(response).searchParams.get('error')).toBe('FORBIDDEN');
    expect(host().called('completeLogin')).toEqual([]);
  });

  it('rejects a login that another user started', async () => {
    host().user = 'victor';
    const response = await host().routes.callback(get(CALLBACK));
    expect(location(response).searchParams.get('error')).toBe('OTHER_PERSON');
    expect(host().called('completeLogin')).toEqual([]);
  });

  it('redirects to the general page if the state is invalid', async () => {
    host().api.inspectLogin = () => {
      throw new ToklinkError({ code: 'INTEGRITY', message: 'this sign-in was not started in this browser' });
    };
    const target = location(await host().routes.callback(get(CALLBACK)));
    expect(target.pathname).toBe('/admin/social-media/accounts');
    expect(target.searchParams.get('error')).toBe('INTEGRITY');
  });

  it('redirects with an error code when the user denies consent', async () => {
    const denied = new ToklinkError({ code: 'UNAUTHORIZED', message: 'You declined on the TikTok page.', owner: 'user' });
    host().api.completeLogin = () => Promise.reject(denied);
    const target = location(await host().routes.callback(get('callback?error=access_denied&state=s')));
    expect(target.pathname).toBe('/orbit/acme/settings/accounts');
    expect(Object.fromEntries(target.searchParams)).toEqual({ error: 'UNAUTHORIZED' });
    expect(host().errors).toEqual([]);
  });

  it('never exposes the message of an internal error', async () => {
    host().api.completeLogin = () => Promise.reject(new Error('password=hunter2 at postgresql://db'));
    const target = location(await host().routes.callback(get(CALLBACK)));
    expect(target.searchParams.get('error')).toBe('INTERNAL');
    expect(target.href).not.toContain('hunter2');
    expect(host().errors).toHaveLength(1);
  });

  it('never redirects to another origin for any return path', async () => {
    for (const returnTo of ['//evil.test/x', 'https://evil.test/', '/\\evil.test', '/\t/evil.test', '/\n\\evil.test', '//u:p@app.example.test/', '/\r/[']) {
      host().api.inspectLogin = () => ({ tenant: 'ws1', userId: 'olivia', returnTo, cookieName: COOKIE });
      expect(location(await host().routes.callback(get(CALLBACK))).origin).toBe(ORIGIN);
    }
  });
});
