import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { cron, expire, host, Person, query, requestsTo, TIKTOK, withWorld } from './world.js';

withWorld();

interface Stream {
  posts: { platform: string; content: string; url: string }[];
  errors: { error: string }[];
}

const streamOf = (person: Person, base = host.origin) =>
  person.json<Stream>(`/api/streams?workspaceId=${person.workspaceId}`, { base });

describe('Streams', () => {
  it('streams keep an account with an expired token ACTIVE', async () => {
    const person = await Person.signedIn();
    const row = await person.connect();
    for (const instance of host.instances) {
      await expire(row);
      const before = await requestsTo('token');
      const { posts, errors } = await streamOf(person, instance);
      expect({ posts: posts.length, errors }).toEqual({ posts: 20, errors: [] });
      expect((await requestsTo('token')) - before).toBe(1);
      const after = await person.row(row.accountId);
      expect(after).toMatchObject({ status: 'ACTIVE', accountName: row.accountName });
      expect(after.tokenExpiresAt?.getTime()).toBeGreaterThan(Date.now());
    }
  });

  it('concurrent callers refresh an expired token once', async () => {
    const person = await Person.signedIn();
    const row = await person.connect();
    await expire(row);
    const before = await requestsTo('token');
    const path = `/api/streams/comments?accountId=${row.id}&postId=1`;
    const [, , comments, inbox] = await Promise.all([
      streamOf(person, host.instances[0]),
      streamOf(person, host.instances[1]),
      person.json<{ comments: unknown[] }>(path),
      cron('/api/cron/inbox').then((response) => response.json()),
    ]);
    expect(comments).toEqual({ comments: [] });
    expect(inbox).toMatchObject({ failed: 0, skipped: 1 });
    expect((await requestsTo('token')) - before).toBe(1);
    expect(await person.row(row.accountId)).toMatchObject({ status: 'ACTIVE' });
  });

  it('streams show the description or title of each video', async () => {
    const person = await Person.signedIn();
    await person.connect();
    const { posts } = await streamOf(person);
    expect(posts.every(({ content, url }) => content !== '' && url.startsWith('https://www.tiktok.com/@ana.makes/video/'))).toBe(true);
  });

  it('streams show the posts of TikTok and of another platform', async () => {
    const person = await Person.signedIn();
    await person.connect();
    await query(
      `INSERT INTO social_accounts (id, platform, "accountId", "accountName", "accessTokenEncrypted", "userId", "workspaceId", "updatedAt")
       SELECT $1, 'TWITTER', 'bird', 'Bird', 'clear', "userId", "workspaceId", now() FROM social_accounts`,
      [randomUUID()],
    );
    const { posts, errors } = await streamOf(person);
    expect(errors).toEqual([]);
    expect(new Set(posts.map(({ platform }) => platform))).toEqual(new Set(['TIKTOK', 'TWITTER']));
  });
});

describe('the pages of the app', () => {
  it('the accounts page shows the account and a login notice', async () => {
    const person = await Person.signedIn();
    const end = await person.login();
    expect(end.pathname).toBe(`/orbit/${person.slug}/settings/accounts`);
    const page = await (await person.fetch(`${end.pathname}${end.search}`)).text();
    const row = await person.row(end.searchParams.get('accountId') ?? '');
    expect(row.accountName).not.toBe(row.accountId);
    expect(page).toMatch(new RegExp(`role="status"><p>[^<]*<strong>${row.accountName}</strong>`));
    expect(page).toContain(`${TIKTOK}/connect?`);
    expect(page).not.toContain(row.accessTokenEncrypted);
    const refused = await (await person.fetch(`${end.pathname}?error=UNAUTHORIZED`)).text();
    expect(refused).toMatch(/class="toklink-notice toklink-notice-bad" role="alert"><p>[^<]{20,}/);
  });

  it('the Content Security Policy allows images from TikTok', async () => {
    const response = await (await Person.signedIn()).fetch('/');
    expect(response.headers.get('content-security-policy')).toMatch(/img-src [^;]*https:\/\/\*\.tiktokcdn\.com/);
  });

  it('the app’s own routes under /tiktok remain behind the proxy', async () => {
    const policy = async (path: string) => (await fetch(`${host.origin}${path}`)).headers.has('content-security-policy');
    expect(await policy(`${TIKTOK}/posts`)).toBe(true);
    expect(await policy(`${TIKTOK}/publish`)).toBe(false);
  });

  it('the app serves both its own routes and those of toklink', async () => {
    const person = await Person.signedIn();
    await person.connect();
    const { posts } = await person.json<Stream>(`/api/social/tiktok/posts?workspaceId=${person.workspaceId}`);
    expect(posts).toHaveLength(20);
    expect((await fetch(`${host.origin}${TIKTOK}/connect`)).status).toBe(401);
  });
});
