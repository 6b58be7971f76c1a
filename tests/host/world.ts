import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, inject } from 'vitest';
import { openDatabase } from './database.js';
import type { Query } from './database.js';

export const host = inject('host');
export const TIKTOK = '/api/social/tiktok';

/** Each table that references `social_accounts` with a cascading delete. */
export const CASCADING = [
  'social_metrics',
  'social_account_health',
  'social_health_events',
  'social_inbox_items',
  'scheduled_post_accounts',
  'post_accounts',
  'recommendations',
  'metric_anomalies',
];

let database: { query: Query; end: () => Promise<void> };
export const query: Query = (sql, values) => database.query(sql, values);

/** Opens the database for the tests of a file. Each test starts with a reset emulator, which processes posts quickly. */
export function withWorld(): void {
  beforeAll(async () => {
    database = await openDatabase(host.database);
  });
  beforeEach(async () => {
    await emulator('reset', {});
    await emulator('settings', { processing_delay_ms: 50, moderation_delay_ms: 100 });
    await query('DELETE FROM social_accounts');
  });
  afterAll(() => database.end());
}

/** A call to the emulator's control API. */
export async function emulator<T>(name: string, body?: unknown): Promise<T> {
  const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  const response = await fetch(`${host.emulator}/_emulator/${name}`, body === undefined ? {} : init);
  if (!response.ok) throw new Error(`${name}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}

export async function tiktokPosts(): Promise<Record<string, unknown>[]> {
  return (await emulator<{ posts: Record<string, unknown>[] }>('state')).posts;
}

/** Counts the requests that TikTok received at an endpoint. */
export async function requestsTo(endpoint: string): Promise<number> {
  const { requests } = await emulator<{ requests: { endpoint: string }[] }>('requests');
  return requests.filter((each) => each.endpoint === endpoint).length;
}

export interface AccountRow {
  id: string;
  accountId: string;
  accountName: string;
  status: string;
  accessTokenEncrypted: string;
  refreshTokenEncrypted: string | null;
  tokenExpiresAt: Date | null;
}

/** A user with a workspace and a browser of their own. */
export class Person {
  readonly #cookies = new Map<string, string>();

  private constructor(
    readonly workspaceId: string,
    readonly slug: string,
  ) {}

  static async signedIn(role = 'OWNER'): Promise<Person> {
    const [id, token] = [randomUUID(), randomUUID()];
    const person = new Person(`ws_${id}`, `slug-${id}`);
    await query('INSERT INTO users (id, name) VALUES ($1, $1)', [`user_${id}`]);
    await query('INSERT INTO workspaces (id, slug, name) VALUES ($1, $2, $3)', [person.workspaceId, person.slug, 'Acme']);
    await query('INSERT INTO workspace_members ("workspaceId", "userId", role) VALUES ($1, $2, $3::"WorkspaceRole")', [
      person.workspaceId,
      `user_${id}`,
      role,
    ]);
    await query(`INSERT INTO sessions (token, "userId", "expiresAt") VALUES ($1, $2, now() + interval '1 hour')`, [token, `user_${id}`]);
    person.#cookies.set('session', token);
    return person;
  }

  /** Requests a path from the load balancer, or from the server at `base`. */
  async fetch(path: string, init: RequestInit & { base?: string } = {}): Promise<Response> {
    const { base = host.origin, ...rest } = init;
    const headers = new Headers(init.headers);
    headers.set('cookie', [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; '));
    headers.set('origin', host.origin);
    const response = await fetch(`${base}${path}`, { redirect: 'manual', ...rest, headers });
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      this.#cookies.set(name, value);
    }
    return response;
  }

  /** Requests JSON. Fails unless the request succeeds. */
  async json<T>(path: string, init: Parameters<Person['fetch']>[1] = {}): Promise<T> {
    const response = await this.fetch(path, init);
    const text = await response.text();
    expect(response.ok, `${path}: ${response.status} ${text}`).toBe(true);
    return JSON.parse(text) as T;
  }

  post<T>(path: string, body: unknown, base?: string): Promise<T> {
    const headers = { 'content-type': 'application/json' };
    return this.json(path, { method: 'POST', headers, body: JSON.stringify(body), ...(base !== undefined && { base }) });
  }

  /** Connects a TikTok account as a browser does; returns the target of the callback's redirect. */
  async login(username = 'ana.makes'): Promise<URL> {
    const start = new URLSearchParams({ workspaceId: this.workspaceId, workspaceSlug: this.slug });
    const consent = (await this.fetch(`${TIKTOK}/connect?${start}`)).headers.get('location') ?? '';
    const scopes = new URL(consent).searchParams.get('scope')?.split(',') ?? [];
    const form = new URLSearchParams([['username', username], ['decision', 'allow'], ...scopes.map((scope) => ['scope', scope])]);
    const answer = await fetch(consent, { method: 'POST', body: form, redirect: 'manual' });
    const callback = new URL(answer.headers.get('location') ?? '');
    const done = await this.fetch(`${callback.pathname}${callback.search}`);
    return new URL(done.headers.get('location') ?? '');
  }

  /** Connects a TikTok account and returns its row. */
  async connect(username = 'ana.makes'): Promise<AccountRow> {
    const end = await this.login(username);
    expect(end.searchParams.get('connected'), end.href).toBe('tiktok');
    return this.row(end.searchParams.get('accountId') ?? '');
  }

  async row(accountId: string): Promise<AccountRow> {
    const sql = 'SELECT * FROM social_accounts WHERE "workspaceId" = $1 AND "accountId" = $2';
    const [row] = await query<AccountRow>(sql, [this.workspaceId, accountId]);
    if (row === undefined) throw new Error(`there is no row of ${accountId}`);
    return row;
  }
}

/** Sends a request as the scheduler. */
export function cron(path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(`${host.origin}${path}`, { ...init, headers: { 'x-cron-secret': host.cronSecret } });
}

/** Makes an account's access token expire on TikTok and in the row. */
export async function expire(row: AccountRow): Promise<void> {
  await emulator('clock', { advance_ms: 25 * 60 * 60 * 1000 });
  await query(`UPDATE social_accounts SET "tokenExpiresAt" = now() - interval '1 minute' WHERE id = $1`, [row.id]);
}

/** Inserts a row into each table that references the account. */
export async function history(row: AccountRow): Promise<void> {
  const id = randomUUID();
  await query(
    `INSERT INTO social_metrics (id, "accountId", date, followers, following, "postsCount", impressions, reach, likes, comments, shares)
     VALUES ($1, $2, '2026-01-01', 1, 1, 1, 1, 1, 1, 1, 1)`,
    [id, row.id],
  );
  await query('INSERT INTO social_account_health (id, "accountId") VALUES ($1, $2) ON CONFLICT DO NOTHING', [id, row.id]);
  await query(`INSERT INTO social_health_events (id, "accountId", type, message) VALUES ($1, $2, 'SYNC_FAILED', '')`, [id, row.id]);
  await query(`INSERT INTO social_inbox_items (id, "accountId", "externalId", author, text, "receivedAt") VALUES ($1, $2, '1', '', '', now())`, [id, row.id]);
  await scheduledPost(row, []);
  await query(`INSERT INTO post_accounts (id, "accountId", "platformPostId", url, "publishedAt") VALUES ($1, $2, '1', '', now())`, [id, row.id]);
  await query(`INSERT INTO recommendations (id, "accountId", text) VALUES ($1, $2, '')`, [id, row.id]);
  await query(`INSERT INTO metric_anomalies (id, "accountId", metric) VALUES ($1, $2, 'followers')`, [id, row.id]);
}

/** Inserts a scheduled post for one account. Returns its id. */
export async function scheduledPost(row: AccountRow, mediaUrls: string[]): Promise<string> {
  const id = randomUUID();
  await query(
    `INSERT INTO scheduled_posts (id, "workspaceId", content, "mediaUrls", "mediaIds", "scheduledAt") VALUES ($1, '', 'Spring', $2, '{}', now())`,
    [id, mediaUrls],
  );
  await query('INSERT INTO scheduled_post_accounts ("postId", "accountId") VALUES ($1, $2)', [id, row.id]);
  return id;
}

/** Counts the account's rows in each cascading table. */
export async function rowsOf(row: AccountRow): Promise<Record<string, number>> {
  const counts = await Promise.all(
    CASCADING.map(async (table) => {
      const [found] = await query<{ count: string }>(`SELECT count(*) FROM ${table} WHERE "accountId" = $1`, [row.id]);
      return [table, Number(found?.count)] as const;
    }),
  );
  return Object.fromEntries(counts);
}
