import { describe } from 'vitest';
import { attacks, type World } from './world.js';

const ADMIN = '/admin/social-media/accounts';

/** Runs a login as olivia up to TikTok's redirect. */
async function answered(world: World) {
  const begun = await world.begin();
  return { begun, at: await world.consent(begun) };
}

function with_(url: URL, change: (query: URLSearchParams) => void): URL {
  const changed = new URL(url);
  change(changed.searchParams);
  return changed;
}

describe('attacks on a login', () => {
  attacks([
    ['a visitor without a session starts a login', (w) => w.send('connect?workspaceId=ws1&workspaceSlug=a', { as: null }), { status: 401 }],
    ['a viewer starts a login', (w) => w.send('connect?workspaceId=ws1&workspaceSlug=a', { as: 'victor' }), { status: 403, body: { code: 'FORBIDDEN' } }],
    ['a stranger starts a login', (w) => w.send('connect?workspaceId=ws1&workspaceSlug=a', { as: 'mallory' }), { status: 403, body: { code: 'FORBIDDEN' } }],
    ['a user starts a login for an unknown workspace', (w) => w.send('connect?workspaceId=ws9&workspaceSlug=a'), { status: 403 }],
    [
      'a link on another site starts a login',
      (w) => w.send('connect?workspaceId=ws1&workspaceSlug=a', { headers: { 'sec-fetch-site': 'cross-site' } }),
      { status: 403, body: { code: 'FOREIGN_ORIGIN' } },
    ],
    [
      'a link on a sibling domain starts a login',
      (w) => w.send('connect?workspaceId=ws1&workspaceSlug=a', { headers: { 'sec-fetch-site': 'same-site' } }),
      { status: 403, body: { code: 'FOREIGN_ORIGIN' } },
    ],
    ['a visitor without a session opens the callback', async (w) => w.callback((await answered(w)).at, '', null), { path: '/login', error: /Unauthorized/ }],
    ["a browser without the login's cookie opens the callback", async (w) => w.callback((await answered(w)).at, ''), { path: ADMIN, error: /^[A-Z_]+$/ }],
    [
      "the callback comes with the cookie of another login",
      async (w) => w.callback((await answered(w)).at, (await w.begin()).cookie),
      { path: ADMIN, error: /^[A-Z_]+$/ },
    ],
    [
      "the cookie has a value that a sibling domain has set",
      async (w) => {
        const { at, begun } = await answered(w);
        return w.callback(at, `${begun.cookie.split('=')[0]}=AAAA`);
      },
      { path: ADMIN, error: /^[A-Z_]+$/ },
    ],
    ['another user opens the callback (login fixation)', async (w) => {
      const { at, begun } = await answered(w);
      return w.callback(at, begun.cookie, 'victor');
    }, { error: /^OTHER_PERSON$/ }],
    [
      'the callback is forged',
      async (w) => w.callback('callback?code=abc&state=made-up', (await w.begin()).cookie),
      { path: ADMIN, error: /^[A-Z_]+$/ },
    ],
    [
      'the state differs in one character',
      async (w) => {
        const { at, begun } = await answered(w);
        const flip = (state: string) => (state.startsWith('A') ? 'B' : 'A') + state.slice(1);
        return w.callback(with_(at, (query) => query.set('state', flip(query.get('state') ?? ''))), begun.cookie);
      },
      { path: ADMIN, error: /^[A-Z_]+$/ },
    ],
    [
      'the state has 10,000 characters',
      async (w) => {
        const { at, begun } = await answered(w);
        return w.callback(with_(at, (query) => query.set('state', 'A'.repeat(10_000))), begun.cookie);
      },
      { path: ADMIN, error: /^[A-Z_]+$/ },
    ],
    [
      'the callback contains two states',
      async (w) => {
        const { at, begun } = await answered(w);
        return w.callback(with_(at, (query) => query.append('state', 'other')), begun.cookie);
      },
      { path: ADMIN, error: /^[A-Z_]+$/ },
    ],
    [
      'the code belongs to another login (PKCE)',
      async (w) => {
        const stolen = await w.consent(await w.begin('victor', 'ws2'));
        const { at, begun } = await answered(w);
        return w.callback(with_(at, (query) => query.set('code', stolen.searchParams.get('code') ?? '')), begun.cookie);
      },
      { error: /^[A-Z_]+$/ },
    ],
    [
      'the code is guessed',
      async (w) => {
        const { at, begun } = await answered(w);
        return w.callback(with_(at, (query) => query.set('code', 'guess')), begun.cookie);
      },
      { error: /^[A-Z_]+$/ },
    ],
    [
      'the user loses the permission during the consent',
      async (w) => {
        const { at, begun } = await answered(w);
        w.roles.set('olivia ws1', 'VIEWER');
        return w.callback(at, begun.cookie);
      },
      { error: /^FORBIDDEN$/ },
    ],
    [
      'the denial contains markup',
      async (w) => {
        const { at, begun } = await answered(w);
        const bent = with_(at, (query) => {
          query.delete('code');
          query.set('error', 'access_denied');
          query.set('error_description', '<script>alert(1)</script>');
        });
        return w.callback(bent, begun.cookie);
      },
      { error: /^UNAUTHORIZED$/ },
    ],
    [
      'the callback names another return page (open redirect)',
      async (w) => {
        const { at, begun } = await answered(w);
        const bent = with_(at, (query) => {
          query.set('code', 'guess');
          query.set('returnTo', 'https://evil.example/');
          query.set('redirect_uri', 'https://evil.example/');
        });
        return w.callback(bent, begun.cookie);
      },
      { error: /^[A-Z_]+$/ },
    ],
    [
      'the callback contains line breaks (header injection)',
      async (w) => w.callback('callback?code=a%0d%0aset-cookie:x=y&state=%0d%0alocation:%20https://evil.example', (await w.begin()).cookie),
      { path: ADMIN, error: /^[A-Z_]+$/ },
    ],
    [
      'the Host header names another site',
      async (w) => {
        const { authorizeUrl } = await w.begin('olivia', 'ws1', { host: 'evil.example', 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'http' });
        const back = new URL(authorizeUrl).searchParams.get('redirect_uri') ?? '';
        return new Response(back, { status: back.startsWith('https://spike.land/') ? 200 : 500 });
      },
      { status: 200 },
    ],
  ]);
});

describe('a replayed callback', () => {
  attacks([
    [
      'connects once and requests tokens once',
      async (w) => {
        const begun = await w.begin('olivia', 'ws1');
        // This account is already connected, so the login does not change the stored accounts.
        const at = await w.consent(begun, 'ana.makes');
        const first = await w.callback(at, begun.cookie);
        const asked = (await w.emulator.requests()).length;
        const again = await w.callback(at, begun.cookie);
        const extra = (await w.emulator.requests()).slice(asked).filter((request) => request['status'] === 200);
        if (first.searchParams.get('connected') !== 'tiktok' || extra.length > 0) throw new Error(`asked again: ${JSON.stringify(extra)}`);
        return again;
      },
      { error: /^[A-Z_]+$/, path: '/orbit/slug-of-ws1/settings/accounts' },
    ],
  ]);
});
