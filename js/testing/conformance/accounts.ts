import assert from 'node:assert/strict';
import type { AccountKey, AccountPatch, AccountRow, AccountStatus, AccountStore, ExpectedValues } from '../../types.js';

/** A new, empty account store, and two tenants and a user to which its rows may refer. */
export interface AccountScene {
  accounts: AccountStore;
  one: string;
  two: string;
  userId: string;
}

/** Strings that a store corrupts if it inserts them into SQL, ignores case or normalizes Unicode. */
const UNUSUAL = ["o'brien\"; DROP TABLE accounts; --", 'Ana', 'ana', 'a\u0301ñ 🎬\n%_', '{"a":1}', 'null'];
const STATUSES: AccountStatus[] = ['EXPIRED', 'ERROR', 'RATE_LIMITED', 'RESTRICTED', 'DISCONNECTED', 'ACTIVE'];
const CALLS_IN_PARALLEL = 16;

/** Returns a complete row. */
export function accountRow({ one, userId }: AccountScene, changes: Partial<AccountRow> = {}): AccountRow {
  return {
    tenant: one,
    accountId: '-000open',
    displayName: 'Ana 🎬',
    username: 'ana.makes',
    avatarUrl: 'https://media.example.test/a.jpeg?x-expires=1',
    scopes: ['user.info.basic', 'video.publish'],
    requestedScopes: ['user.info.basic', 'video.publish', 'video.list'],
    accessTokenSealed: 'sealed-access-1',
    refreshTokenSealed: 'sealed-refresh-1',
    // A time that exceeds 32-bit seconds and has milliseconds.
    accessExpiresAt: 7_258_118_400_123,
    refreshExpiresAt: 7_258_118_400_987,
    status: 'ACTIVE',
    connectedAt: 1_790_000_000_001,
    connectedBy: userId,
    refreshStartedAt: 1_790_000_000_777,
    ...changes,
  };
}

/** Returns the patch that a refresh writes. */
const refreshed = (n: number, changes: AccountPatch = {}): AccountPatch => ({
  accessTokenSealed: `sealed-access-next-${n}`,
  refreshTokenSealed: `sealed-refresh-next-${n}`,
  accessExpiresAt: 7_258_118_500_000,
  refreshExpiresAt: null,
  status: 'ACTIVE',
  refreshStartedAt: null,
  ...changes,
});

/** Returns the accounts of all pages. */
async function listed(accounts: AccountStore, tenant: string | null, limit: number): Promise<AccountKey[]> {
  const found: AccountKey[] = [];
  let after: AccountKey | null = null;
  for (;;) {
    const { rows } = await accounts.list({ tenant, after, limit });
    assert.ok(rows.length <= limit, 'a page has at most the requested number of rows');
    const last: AccountRow | undefined = rows.at(-1);
    if (last === undefined) return found;
    assert.ok(found.length <= 100, 'there is a last page');
    found.push(...rows.map(({ tenant, accountId }) => ({ tenant, accountId })));
    after = { tenant: last.tenant, accountId: last.accountId };
  }
}

const names = (keys: AccountKey[]): string[] => keys.map(({ tenant, accountId }) => `${tenant}/${accountId}`).sort();

export const ACCOUNT_CHECKS: Record<string, (scene: AccountScene) => Promise<void>> = {
  async 'accounts: a row is returned unchanged until it is removed'(scene) {
    const { accounts } = scene;
    const full = accountRow(scene);
    assert.equal(await accounts.load(full), null, 'an account that was never written is absent');
    assert.equal(await accounts.remove(full), false, 'an account that was never written cannot be removed');
    await accounts.put(full);
    assert.deepEqual(await accounts.load(full), full);
    const bare = accountRow(scene, {
      username: null,
      avatarUrl: null,
      scopes: [],
      requestedScopes: [],
      refreshTokenSealed: null,
      refreshExpiresAt: null,
      refreshStartedAt: null,
      status: 'RESTRICTED',
    });
    await accounts.put(bare);
    assert.deepEqual(await accounts.load(bare), bare, 'a second write replaces the whole row');
    assert.equal(await accounts.remove(bare), true);
    assert.equal(await accounts.load(bare), null, 'a removed account is absent');
    assert.equal(await accounts.remove(bare), false);
  },

  async 'accounts: unusual texts and long tokens are stored unchanged'(scene) {
    const { accounts } = scene;
    const long = 'x'.repeat(4000);
    const rows = UNUSUAL.map((text) =>
      accountRow(scene, { accountId: text, displayName: text, scopes: [text, 'a,b c'], accessTokenSealed: `${text}${long}` }),
    );
    for (const row of rows) await accounts.put(row);
    for (const row of rows) assert.deepEqual(await accounts.load(row), row);
    for (const row of rows) assert.equal(await accounts.remove(row), true);
  },

  async 'accounts: every status is stored'(scene) {
    for (const status of STATUSES) {
      const row = accountRow(scene, { status });
      await scene.accounts.put(row);
      assert.deepEqual(await scene.accounts.load(row), row);
    }
  },

  async 'accounts: pages list every account of a tenant once'(scene) {
    const { accounts, one, two } = scene;
    const keys = [two, one].flatMap((tenant) => ['c', 'a', 'b'].map((accountId) => ({ tenant, accountId })));
    for (const key of keys) await accounts.put(accountRow(scene, key));
    assert.deepEqual(names(await listed(accounts, null, 4)), names(keys));
    for (const tenant of [one, two]) {
      assert.deepEqual(names(await listed(accounts, tenant, 2)), names(keys.filter((key) => key.tenant === tenant)));
    }
    assert.deepEqual(await listed(accounts, 'missing tenant', 2), []);
    const [first] = keys as [AccountKey];
    assert.equal(await accounts.remove(first), true);
    assert.deepEqual(names(await listed(accounts, null, 4)), names(keys.slice(1)));
  },

  async 'accounts: an update writes only the fields of its patch'(scene) {
    const { accounts, two } = scene;
    let row = accountRow(scene, { status: 'EXPIRED' });
    const neighbours = [accountRow(scene, { tenant: two }), accountRow(scene, { accountId: '-000other' })];
    for (const each of [row, ...neighbours]) await accounts.put(each);
    const patches: AccountPatch[] = [
      refreshed(0),
      { refreshStartedAt: 5 },
      { refreshStartedAt: null },
      { scopes: ['video.list', 'a,b c'] },
      { scopes: [] },
      { accessExpiresAt: 7, refreshExpiresAt: 8 },
      { accessExpiresAt: 7, refreshExpiresAt: null },
      { accessTokenSealed: 'alone', refreshTokenSealed: null },
      refreshed(1, { scopes: ['video.list'] }),
      { refreshStartedAt: 6 },
      ...STATUSES.map((status) => ({ status })),
      { status: 'EXPIRED', refreshStartedAt: null },
    ];
    for (const patch of patches) {
      const { accessTokenSealed, refreshTokenSealed } = row;
      assert.equal(await accounts.update(row, { accessTokenSealed, refreshTokenSealed }, patch), true, JSON.stringify(patch));
      row = { ...row, ...patch };
      assert.deepEqual(await accounts.load(row), row, JSON.stringify(patch));
    }
    for (const each of neighbours) assert.deepEqual(await accounts.load(each), each, 'other accounts stay unchanged');
  },

  async 'accounts: an update requires every expected value'(scene) {
    const { accounts } = scene;
    const row = accountRow(scene);
    const { accessTokenSealed, refreshTokenSealed, status } = row;
    assert.equal(await accounts.update(row, { refreshTokenSealed }, refreshed(0)), false, 'an update of a missing account fails');
    assert.equal(await accounts.load(row), null, 'an update of a missing account does not create it');
    await accounts.put(row);
    const wrong: ExpectedValues[] = [
      ...['sealed-refresh-', 'SEALED-REFRESH-1', 'sealed-refresh-1 ', 'sealed%', '', null].map((other) => ({ refreshTokenSealed: other })),
      { accessTokenSealed: 'another', refreshTokenSealed },
      { accessTokenSealed, refreshTokenSealed: 'another' },
      { accessTokenSealed, refreshTokenSealed: null },
      { status: 'EXPIRED' },
    ];
    for (const expected of wrong) {
      assert.equal(await accounts.update(row, expected, refreshed(0)), false, `${JSON.stringify(expected)} is not stored`);
    }
    assert.deepEqual(await accounts.load(row), row, 'an update with other expected values changes nothing');
    for (const expected of [{ refreshTokenSealed }, { accessTokenSealed, refreshTokenSealed }, { status }]) {
      assert.equal(await accounts.update(row, expected, { refreshStartedAt: 5 }), true, `${JSON.stringify(expected)} is stored`);
    }
    assert.equal(await accounts.update(row, { refreshTokenSealed }, refreshed(1, { refreshTokenSealed: null })), true);
    assert.equal(await accounts.update(row, { refreshTokenSealed }, refreshed(2)), false, 'the old token was replaced');
    assert.equal(await accounts.update(row, { refreshTokenSealed: null }, refreshed(3)), true, 'null expects a row without a token');
  },

  async 'accounts: exactly one of several concurrent updates succeeds'(scene) {
    const { accounts } = scene;
    const row = accountRow(scene);
    await accounts.put(row);
    const expected = { refreshTokenSealed: row.refreshTokenSealed };
    const updates = Array.from({ length: CALLS_IN_PARALLEL }, (_, n) => accounts.update(row, expected, refreshed(n)));
    const winners = (await Promise.all(updates)).flatMap((won, n) => (won ? [n] : []));
    assert.equal(winners.length, 1, `exactly one of the concurrent updates must succeed, not ${winners.length}`);
    assert.equal((await accounts.load(row))?.refreshTokenSealed, `sealed-refresh-next-${winners[0]}`);
  },
};
