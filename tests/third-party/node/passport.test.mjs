import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import oauth2 from 'passport-tiktok-oauth2';
import tiktokAuth from 'passport-tiktok-auth';
import { asked, CLIENT_KEY, CLIENT_SECRET, consent, REDIRECT_URI, reset } from './tiktok.mjs';

/** Runs a strategy once, as passport does. Resolves at the first call of `redirect`, `success` or `fail`. */
function authenticate(strategy, query = {}) {
  return new Promise((resolve, reject) => {
    const run = Object.create(strategy);
    run.redirect = (url) => resolve({ redirect: url });
    run.success = (user) => resolve({ user });
    run.fail = (challenge) => resolve({ fail: challenge });
    run.error = reject;
    run.authenticate({ query, session: {}, headers: {} }, { state: 'state-of-the-host' });
  });
}

const common = { clientID: CLIENT_KEY, clientSecret: CLIENT_SECRET, callbackURL: REDIRECT_URI };
const verify = (accessToken, refreshToken, profile, done) => done(null, { accessToken, refreshToken, profile });
const all = ['user.info.basic', 'user.info.profile', 'user.info.stats'];

const STRATEGIES = {
  'passport-tiktok-auth': (scope) => new tiktokAuth.Strategy({ ...common, scope }, verify),
  'passport-tiktok-oauth2': (scope) =>
    new (oauth2.Strategy ?? oauth2.default ?? oauth2)({ ...common, clientKey: CLIENT_KEY, scope }, verify),
};

for (const [name, strategyFor] of Object.entries(STRATEGIES)) {
  describe(name, () => {
    beforeEach(reset);

    it('logs a user in and reads the profile', async () => {
      const strategy = strategyFor(all);
      const { redirect } = await authenticate(strategy);
      const callback = await consent(redirect);
      assert.equal(callback.searchParams.get('state'), 'state-of-the-host');
      const { user } = await authenticate(strategy, Object.fromEntries(callback.searchParams));
      assert.match(user.accessToken, /^act\./);
      assert.match(user.refreshToken, /^rft\./);
      assert.equal(user.profile.username, 'ana.makes');
      assert.equal(user.profile.displayName, 'Ana');
      assert.deepEqual(await asked(), ['authorize 200', 'authorize 302', 'token 200', 'user_info 200']);
    });

    it('returns no user after a denied consent', async () => {
      const strategy = strategyFor(all);
      const { redirect } = await authenticate(strategy);
      const callback = await consent(redirect, { decision: 'deny' });
      const { fail } = await authenticate(strategy, Object.fromEntries(callback.searchParams));
      assert.match(fail.message, /denied/);
    });
  });
}
