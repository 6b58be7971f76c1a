import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { send, withVideo } from './sender.js';
import { emulator, host, Person, TIKTOK, tiktokPosts, withWorld } from './world.js';
import type { AccountRow } from './world.js';

withWorld();
const video = withVideo();
const [ONE = '', OTHER = ''] = host.instances;

interface Event {
  type: string;
  data: Record<string, unknown>;
}

/** Follows a post on one instance until its last event. As the form does, repeats the request until the post is in the journal. */
async function follow(person: Person, row: AccountRow, jobId: string, base: string): Promise<Event[]> {
  const query = new URLSearchParams({ jobId, accountId: row.accountId, workspaceId: person.workspaceId });
  const events = () => person.fetch(`${TIKTOK}/publish/events?${query}`, { base });
  await expect.poll(async () => (await events()).status, { timeout: 10_000 }).toBe(200);
  const stream = await events();
  const text = await stream.text();
  return [...text.matchAll(/event: (\w+)\ndata: (.*)\n/g)].map(([, type = '', data = '{}']) => ({
    type,
    data: JSON.parse(data) as Record<string, unknown>,
  }));
}

describe('a post that one instance sends', () => {
  it('the other instance reports a post until its outcome', async () => {
    const person = await Person.signedIn();
    const row = await person.connect();
    const jobId = randomUUID();
    const [sent, events] = await Promise.all([send(person, row, video(), jobId, ONE), follow(person, row, jobId, OTHER)]);
    expect(sent.status).toBe(202);
    expect(events.map(({ type }) => type)).not.toContain('failure');
    expect(events.at(-1)).toMatchObject({ type: 'outcome', data: { status: 'PUBLISH_COMPLETE' } });
    expect(await tiktokPosts()).toHaveLength(1);
  });

  it('the other instance reports a post after its outcome', async () => {
    const person = await Person.signedIn();
    const row = await person.connect();
    const jobId = randomUUID();
    await send(person, row, video(), jobId, ONE);
    expect((await follow(person, row, jobId, ONE)).at(-1)).toMatchObject({ type: 'outcome' });
    expect((await follow(person, row, jobId, OTHER)).at(-1)).toMatchObject({ type: 'outcome', data: { status: 'PUBLISH_COMPLETE' } });
  });

  it('the other instance can cancel the post', async () => {
    const person = await Person.signedIn();
    const row = await person.connect();
    const jobId = randomUUID();
    // TikTok receives the bytes but does not respond.
    await emulator('faults', [{ endpoint: 'upload', delay_ms: 30_000 }]);
    const sent = send(person, row, video(), jobId, ONE);
    await expect.poll(async () => (await tiktokPosts()).length, { timeout: 10_000 }).toBe(1);
    const started = performance.now();
    const cancel = { jobId, accountId: row.accountId, workspaceId: person.workspaceId };
    expect(await person.post(`${TIKTOK}/publish/cancel`, cancel, OTHER)).toEqual({ cancelling: true });
    const events = await follow(person, row, jobId, OTHER);
    expect(performance.now() - started).toBeLessThan(10_000);
    expect(events.at(-1)).toMatchObject({ type: 'failure', data: { code: 'CANCELLED' } });
    expect((await sent).status).not.toBe(500);
  });

  it('every instance hides the post from other workspaces', async () => {
    const person = await Person.signedIn();
    const row = await person.connect();
    const jobId = randomUUID();
    await send(person, row, video(), jobId, ONE);
    const stranger = await Person.signedIn();
    for (const base of host.instances) {
      const query = new URLSearchParams({ jobId, accountId: row.accountId, workspaceId: person.workspaceId });
      const response = await stranger.fetch(`${TIKTOK}/publish/events?${query}`, { base });
      expect([403, 404]).toContain(response.status);
    }
  });
});
