import { createCipheriv, createDecipheriv, randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startInstance } from './instance.js';
import type { Instance } from './instance.js';
import { emulator, host, Person, query, TIKTOK, withWorld } from './world.js';

withWorld();

const APP = 'awtoklinkemu0001';
const key = Buffer.from(host.encryptionKey, 'hex');

/** Encrypts a text as the app's own code does: `ivHex:authTagHex:cipherHex`. */
function legacy(text: string): string {
  const iv = randomBytes(16);
  const cipher = createCipheriv('aes-256-gcm', key, iv);
  const encrypted = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return [iv, cipher.getAuthTag(), encrypted].map((part) => part.toString('hex')).join(':');
}

function opened(value: string): string {
  const [iv, tag, encrypted] = value.split(':').map((part) => Buffer.from(part, 'hex'));
  const decipher = createDecipheriv('aes-256-gcm', key, iv ?? Buffer.alloc(0)).setAuthTag(tag ?? Buffer.alloc(0));
  return Buffer.concat([decipher.update(encrypted ?? Buffer.alloc(0)), decipher.final()]).toString('utf8');
}

interface Tokens {
  open_id: string;
  access_token: string;
  refresh_token: string;
}

interface Report {
  applied: boolean;
  done: number;
  current: number;
  legacy: number;
  clearText: number;
  skipped: number;
  failed: number;
  next: string | null;
}

let person: Person;
let accounts: Tokens[];

/** Inserts a row as the app's own code wrote it: without scopes and without metadata. */
async function insert(platform: string, accountId: string, access: string, refresh: string): Promise<void> {
  await query(
    `INSERT INTO social_accounts (id, platform, "accountId", "accountName", "accessTokenEncrypted", "refreshTokenEncrypted", "tokenExpiresAt", "userId", "workspaceId", "updatedAt")
     SELECT $1, $2::"SocialPlatform", $3, 'Old', $4, $5, now() + interval '1 hour', "userId", "workspaceId", now() FROM workspace_members WHERE "workspaceId" = $6`,
    [randomUUID(), platform, accountId, access, refresh, person.workspaceId],
  );
}

const tokens = () =>
  query<{ platform: string; access: string; refresh: string }>(
    `SELECT platform, "accessTokenEncrypted" AS access, "refreshTokenEncrypted" AS refresh FROM social_accounts ORDER BY "createdAt", id`,
  );

async function migrate(instance: Instance, query_ = ''): Promise<Report> {
  const headers = { 'x-cron-secret': host.cronSecret };
  const response = await fetch(`${instance.url}${TIKTOK}/migrate${query_}`, { method: 'POST', headers });
  expect(response.status).toBe(200);
  return (await response.json()) as Report;
}

const posts = () => person.json<{ posts: unknown[]; errors: unknown[] }>(`/api/streams?workspaceId=${person.workspaceId}`);

let moving: Instance;
let movingBack: Instance;
beforeAll(async () => {
  moving = await startInstance(host.standalone, { ...host.environment, TIKTOK_MIGRATION: 'on' });
  movingBack = await startInstance(host.standalone, { ...host.environment, TIKTOK_MIGRATION: 'back' });
});
afterAll(async () => {
  await moving.stop();
  await movingBack.stop();
});

beforeEach(async () => {
  person = await Person.signedIn();
  ({ accounts } = await emulator<{ accounts: Tokens[] }>('users', { client_key: APP, count: 2, videos: 1 }));
  const [one, two] = accounts;
  await insert('TIKTOK', one!.open_id, legacy(one!.access_token), legacy(one!.refresh_token));
  await insert('TIKTOK', two!.open_id, two!.access_token, two!.refresh_token);
  await insert('TWITTER', 'bird', legacy('bird-access'), legacy('bird-refresh'));
});

describe('account rows of the app’s own code', () => {
  it('the app reads the old format but rejects clear text', async () => {
    const { posts: read, errors } = await posts();
    // One post is from Twitter, the other one from the account whose tokens have the old format.
    expect({ posts: read.length, errors: errors.length }).toEqual({ posts: 2, errors: 1 });
  });

  it('a dry run counts the rows and writes nothing', async () => {
    const before = await tokens();
    expect(await migrate(moving)).toMatchObject({ applied: false, legacy: 1, clearText: 1, current: 0, failed: 0, next: null });
    expect(await tokens()).toEqual(before);
  });

  it('the migration changes only TikTok rows', async () => {
    const [, , twitter] = await tokens();
    expect(await migrate(moving, '?apply=true')).toMatchObject({ applied: true, failed: 0, next: null });
    expect(await migrate(moving)).toMatchObject({ current: 2, legacy: 0, clearText: 0 });
    const rows = await tokens();
    expect(rows.filter(({ platform }) => platform === 'TIKTOK').every(({ access, refresh }) => /^tk1\./.test(access) && /^tk1\./.test(refresh))).toBe(true);
    expect(rows.find(({ platform }) => platform === 'TWITTER')).toEqual(twitter);
    expect(await posts()).toMatchObject({ posts: { length: 3 }, errors: [] });
  });

  it('an export restores the format of the app’s own code', async () => {
    await migrate(moving, '?apply=true');
    expect(await migrate(movingBack, '?apply=true')).toMatchObject({ failed: 0, next: null });
    const rows = (await tokens()).filter(({ platform }) => platform === 'TIKTOK');
    const clear = rows.map(({ access, refresh }) => [opened(access), opened(refresh)]);
    expect(new Map(clear as [string, string][])).toEqual(new Map(accounts.map(({ access_token, refresh_token }) => [access_token, refresh_token])));
  });

  it('the migration requires the secret and the option', async () => {
    expect((await fetch(`${moving.url}${TIKTOK}/migrate`, { method: 'POST' })).status).toBe(401);
    const headers = { 'x-cron-secret': host.cronSecret };
    expect((await fetch(`${host.origin}${TIKTOK}/migrate`, { method: 'POST', headers })).status).toBe(404);
  });

  it('the migration leaves a disconnected account unchanged', async () => {
    const row = await person.connect();
    await person.post(`${TIKTOK}/disconnect`, { accountId: row.accountId });
    expect(await migrate(moving, '?apply=true')).toMatchObject({ failed: 0 });
    expect(await person.row(row.accountId)).toMatchObject({ status: 'DISCONNECTED', accessTokenEncrypted: '' });
  });
});
