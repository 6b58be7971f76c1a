import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { generateCodeVerifier, generateState, OAuth2RequestError, TikTok } from 'arctic';
import {
  asked,
  CLIENT_KEY,
  CLIENT_SECRET,
  consent,
  REDIRECT_URI,
  refusedParameter,
  reset,
  settings,
} from './tiktok.mjs';

describe('arctic', () => {
  const tiktok = new TikTok(CLIENT_KEY, CLIENT_SECRET, REDIRECT_URI);
  const scopes = ['user.info.basic', 'video.list'];
  beforeEach(reset);

  it('logs in, reads, refreshes with rotation and revokes', async () => {
    await settings({ strict_pkce: false });
    const [state, verifier] = [generateState(), generateCodeVerifier()];
    const callback = await consent(tiktok.createAuthorizationURL(state, verifier, scopes));
    assert.equal(callback.searchParams.get('state'), state);
    const tokens = await tiktok.validateAuthorizationCode(callback.searchParams.get('code'), verifier);
    assert.match(tokens.accessToken(), /^act\./);

    const read = await fetch('https://open.tiktokapis.com/v2/user/info/?fields=open_id,display_name', {
      headers: { authorization: `Bearer ${tokens.accessToken()}` },
    });
    assert.equal((await read.json()).data.user.display_name, 'Ana');

    const refreshed = await tiktok.refreshAccessToken(tokens.refreshToken());
    assert.notEqual(refreshed.refreshToken(), tokens.refreshToken());
    await tiktok.revokeToken(refreshed.accessToken());
    assert.ok((await asked()).includes('revoke 200'));
  });

  it('gets the error page for its base64url challenge (1.4)', async () => {
    const url = tiktok.createAuthorizationURL(generateState(), generateCodeVerifier(), scopes);
    assert.equal(await refusedParameter(url), 'code_challenge');
    await settings({ strict_pkce: false });
    const desktop = new TikTok(CLIENT_KEY, CLIENT_SECRET, 'http://localhost:3000/callback');
    const local = desktop.createAuthorizationURL(generateState(), generateCodeVerifier(), scopes);
    assert.equal(await refusedParameter(local), 'code_challenge');
  });

  it('reports an unknown code as invalid_grant (2.5)', async () => {
    await settings({ strict_pkce: false, oauth_errors: '4xx' });
    await assert.rejects(tiktok.validateAuthorizationCode('no-such-code', generateCodeVerifier()), (error) => {
      assert.ok(error instanceof OAuth2RequestError);
      assert.equal(error.code, 'invalid_grant');
      return true;
    });
  });
});
