import { describe, expect, it } from 'vitest';
import { CASCADING, emulator, history, host, Person, rowsOf, TIKTOK, withWorld } from './world.js';

withWorld();

const ONE_EACH = Object.fromEntries(CASCADING.map((table) => [table, 1]));

describe('a disconnect', () => {
  it.each([
    ['the toklink route', (person: Person, accountId: string) => person.post(`${TIKTOK}/disconnect`, { accountId, workspaceId: person.workspaceId })],
    ['the app route', async (person: Person, accountId: string) => person.post(`/api/social/accounts/${(await person.row(accountId)).id}/disconnect`, {})],
  ])('a disconnect through %s keeps the row and its references', async (_name, disconnect) => {
    const person = await Person.signedIn();
    const row = await person.connect();
    await history(row);
    expect(await rowsOf(row)).toEqual(ONE_EACH);
    await disconnect(person, row.accountId);
    expect(await person.row(row.accountId)).toMatchObject({
      id: row.id,
      status: 'DISCONNECTED',
      accessTokenEncrypted: '',
      refreshTokenEncrypted: null,
    });
    expect(await rowsOf(row)).toEqual(ONE_EACH);
    const { requests } = await emulator<{ requests: { endpoint: string }[] }>('requests');
    expect(requests.filter(({ endpoint }) => endpoint === 'revoke')).toHaveLength(1);
  });

  it('a new login reconnects the same row', async () => {
    const person = await Person.signedIn();
    const row = await person.connect();
    await history(row);
    await person.post(`${TIKTOK}/disconnect`, { accountId: row.accountId });
    expect(await person.connect()).toMatchObject({ id: row.id, status: 'ACTIVE' });
    expect(await rowsOf(row)).toEqual(ONE_EACH);
  });

  it('a disconnect requires the permission social:disconnect', async () => {
    const person = await Person.signedIn();
    const row = await person.connect();
    const stranger = await Person.signedIn();
    const headers = { 'content-type': 'application/json' };
    const response = await stranger.fetch(`${TIKTOK}/disconnect`, { method: 'POST', headers, body: JSON.stringify({ accountId: row.accountId }) });
    expect(response.status).toBe(403);
    expect(await person.row(row.accountId)).toMatchObject({ status: 'ACTIVE' });
  });
});

describe('an account whose user withdrew consent on TikTok', () => {
  it('a revoked account is listed as EXPIRED', async () => {
    const person = await Person.signedIn();
    const row = await person.connect();
    await emulator('webhook', { client_key: 'awtoklinkemu0001', url: `${host.origin}${TIKTOK}/webhook` });
    // Webhook timestamps have whole seconds. A webhook from before the login would be outdated.
    await emulator('clock', { advance_ms: 60_000 });
    await emulator('act', { kind: 'revoke', client_key: 'awtoklinkemu0001', username: 'ana.makes' });
    await emulator('clock', { advance_ms: 1000 });
    expect(await person.row(row.accountId)).toMatchObject({ status: 'EXPIRED' });
  });
});
