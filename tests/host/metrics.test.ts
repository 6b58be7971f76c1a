import { describe, expect, it } from 'vitest';
import { cron, emulator, host, Person, query, requestsTo, TIKTOK, withWorld } from './world.js';
import type { AccountRow } from './world.js';

withWorld();

const JOB = '/api/cron/social-metrics';
const ROUTE = `${TIKTOK}/metrics/collect`;

interface Row {
  accountId: string;
  followers: number;
  engagementRate: string;
}

const rows = () => query<Row>('SELECT * FROM social_metrics ORDER BY date');

describe('the metrics job', () => {
  it('stores the engagement as a fraction with four decimals', async () => {
    const person = await Person.signedIn();
    const row = await person.connect();
    expect(await (await cron(JOB)).json()).toEqual({ success: 1, failure: 0, skipped: 0 });
    const { metrics } = await person.json<{ metrics: { engagementRate: number; followers: number } }>(
      `${TIKTOK}/metrics?accountId=${row.accountId}&workspaceId=${person.workspaceId}`,
    );
    expect(metrics.engagementRate).toBeGreaterThan(1);
    const stored = await rows();
    expect(stored).toMatchObject([{ accountId: row.id, followers: metrics.followers }]);
    expect(Number(stored[0]?.engagementRate)).toBeCloseTo(metrics.engagementRate / 100, 3);
  });

  it('stores the other accounts when one account fails', async () => {
    const people = [await Person.signedIn(), await Person.signedIn(), await Person.signedIn()];
    const [ana, ben, eva] = [
      await people[0]!.connect('ana.makes'),
      await people[1]!.connect('ben.private'),
      await people[2]!.connect('eva.private'),
    ];
    // Simulates a number that is too large for its column.
    await query(`CREATE FUNCTION overflow() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN IF NEW."accountId" = '${ben.id}' THEN RAISE numeric_value_out_of_range; END IF; RETURN NEW; END $$`);
    await query('CREATE TRIGGER overflow BEFORE INSERT OR UPDATE ON social_metrics FOR EACH ROW EXECUTE FUNCTION overflow()');
    try {
      expect(await (await cron(JOB)).json()).toEqual({ success: 2, failure: 1, skipped: 0 });
      expect(new Set((await rows()).map(({ accountId }) => accountId))).toEqual(new Set([ana.id, eva.id]));
    } finally {
      await query('DROP FUNCTION overflow CASCADE');
    }
    expect(await (await cron(JOB)).json()).toEqual({ success: 1, failure: 0, skipped: 2 });
    expect(await rows()).toHaveLength(3);
  });

  it('collects accounts of the other platform as well', async () => {
    const person = await Person.signedIn();
    const row = await person.connect();
    await query(
      `INSERT INTO social_accounts (id, platform, "accountId", "accountName", "accessTokenEncrypted", "userId", "workspaceId", "updatedAt")
       SELECT 'bird-row', 'TWITTER', 'bird', 'Bird', 'clear', "userId", "workspaceId", now() FROM social_accounts`,
    );
    expect(await (await cron(JOB)).json()).toEqual({ success: 2, failure: 0, skipped: 0 });
    expect(new Map((await rows()).map(({ accountId, engagementRate }) => [accountId, engagementRate]))).toEqual(
      new Map([
        ['bird-row', '0.1250'],
        [row.id, expect.any(String)],
      ]),
    );
  });

  it('updates the row of an account after 15 minutes', async () => {
    const row = await (await Person.signedIn()).connect();
    expect(await (await cron(JOB)).json()).toMatchObject({ success: 1 });
    expect(await (await cron(JOB)).json()).toMatchObject({ success: 0, skipped: 1 });
    const older = `to_jsonb((("rawData"->'toklink'->>'readAt')::bigint) - 15 * 60 * 1000)`;
    await query(`UPDATE social_metrics SET followers = 1, "rawData" = jsonb_set("rawData", '{toklink,readAt}', ${older})`);
    expect(await (await cron(JOB)).json()).toMatchObject({ success: 1, skipped: 0 });
    const stored = await rows();
    expect(stored).toMatchObject([{ accountId: row.id }]);
    expect(stored[0]?.followers).toBeGreaterThan(1);
  });

  it.each([
    ['X-Cron-Secret', (secret: string) => ({ 'x-cron-secret': secret })],
    ['Authorization', (secret: string) => ({ authorization: `Bearer ${secret}` })],
  ])('accepts the secret in the header %s', async (_name, headers) => {
    await (await Person.signedIn()).connect();
    const call = (secret: string) => fetch(`${host.origin}${ROUTE}`, { headers: headers(secret) });
    expect((await call('wrong')).status).toBe(401);
    expect(await (await call(host.cronSecret)).json()).toMatchObject({ collected: 1, failed: 0 });
  });

  it('reads each account once when both instances collect', async () => {
    await (await Person.signedIn()).connect();
    const before = await requestsTo('user_info');
    const headers = { 'x-cron-secret': host.cronSecret };
    const reports = await Promise.all(
      host.instances.map(async (url) => (await fetch(`${url}${JOB}`, { headers })).json() as Promise<{ success: number }>),
    );
    expect(reports.reduce((sum, { success }) => sum + success, 0)).toBe(1);
    expect((await requestsTo('user_info')) - before).toBe(1);
  });
});

describe('the daily quota', () => {
  it('a job every 15 minutes does not exhaust the daily quota', async () => {
    const person = await Person.signedIn();
    const row = await person.connect();
    for (let run = 0; run < 96; run++) {
      await query('DELETE FROM social_metrics');
      expect(await (await cron(JOB)).json()).toMatchObject({ success: 1, failure: 0 });
    }
    const query_ = `accountId=${row.accountId}&workspaceId=${person.workspaceId}`;
    const { videos } = await person.json<{ videos: unknown[] }>(`${TIKTOK}/videos?${query_}`);
    expect(videos).toHaveLength(20);
    const { quota } = await person.json<{ quota: { kind: string; windowMs: number }[] }>(`${TIKTOK}/quota?${query_}`);
    const ofADay = quota.filter(({ windowMs }) => windowMs > 60_000).map(({ kind }) => kind);
    expect(ofADay).toEqual(['videoUpload']);
  });
});

describe('a REDIS_URL without a Redis server', () => {
  it.each([0, 1])('an unusable REDIS_URL does not block reads of instance %i', async (index) => {
    const person = await Person.signedIn();
    const row = await person.connect();
    const path = `${TIKTOK}/metrics?accountId=${row.accountId}&workspaceId=${person.workspaceId}`;
    const { metrics } = await person.json<{ metrics: { followers: number } }>(path, { base: host.instances[index]! });
    expect(metrics.followers).toBeGreaterThan(0);
  });
});

describe('prismaHealth in the app', () => {
  const health = (row: AccountRow) =>
    query<{ status: string; consecutiveErrors: number; rateLimitRemaining: number; lastSyncAt: Date | null; tokenRefreshRequired: boolean }>(
      'SELECT * FROM social_account_health WHERE "accountId" = $1',
      [row.id],
    );

  it('updates the health of an account after each call', async () => {
    const person = await Person.signedIn();
    const row = await person.connect();
    const read = () => person.fetch(`${TIKTOK}/creator?accountId=${row.accountId}&workspaceId=${person.workspaceId}`);
    expect((await read()).status).toBe(200);
    await expect.poll(() => health(row)).toMatchObject([{ status: 'HEALTHY', consecutiveErrors: 0, lastSyncAt: expect.any(Date) }]);
    expect((await health(row))[0]?.rateLimitRemaining).toBeGreaterThan(0);
    await emulator('act', { kind: 'revoke', client_key: 'awtoklinkemu0001', username: 'ana.makes' });
    expect((await read()).status).toBe(401);
    await expect.poll(() => health(row)).toMatchObject([{ consecutiveErrors: expect.any(Number), tokenRefreshRequired: true }]);
  });
});
