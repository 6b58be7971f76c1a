import { describe, expect, it, onTestFinished } from 'vitest';
import { servedAt } from '../js/connected.js';
import { withVideo } from './sender.js';
import { cron, emulator, host, Person, query, scheduledPost, TIKTOK, tiktokPosts, withWorld } from './world.js';

withWorld();

const video = withVideo();
const MEDIA = ['https://media.example.test/clip.mp4'];

interface Answer {
  results: { accountId: string; platformPostId?: string; url?: string; error?: string }[];
}

const served = () => servedAt(video().path, video().size);

async function publish(postId: string): Promise<Answer> {
  return (await (await cron(`/api/calendar/${postId}/publish`, { method: 'POST' })).json()) as Answer;
}

describe('publishing a scheduled post', () => {
  it('returns before TikTok has processed the post', async () => {
    await emulator('settings', { pull_from: await served(), processing_delay_ms: 3_600_000 });
    const person = await Person.signedIn();
    const row = await person.connect();
    const id = await scheduledPost(row, MEDIA);
    const { results } = await publish(id);
    expect(results).toEqual([
      { accountId: row.id, platformPostId: expect.stringMatching(/^v_pub/), url: 'https://www.tiktok.com/@ana.makes' },
    ]);
    expect(await tiktokPosts()).toMatchObject([{ title: 'Spring', privacy_level: 'SELF_ONLY', publish_id: results[0]?.platformPostId }]);
    expect(await query('SELECT status FROM scheduled_posts WHERE id = $1', [id])).toEqual([{ status: 'PUBLISHED' }]);
  });

  it('posts once when the scheduler calls several times', async () => {
    await emulator('settings', { pull_from: await served() });
    const person = await Person.signedIn();
    const row = await person.connect();
    const id = await scheduledPost(row, MEDIA);
    for (let call = 0; call < 3; call++) expect((await publish(id)).results).toMatchObject([{ accountId: row.id, url: expect.any(String) }]);
    expect(await tiktokPosts()).toHaveLength(1);
  });

  it('posts to the other account when one account cannot post', async () => {
    await emulator('settings', { pull_from: await served() });
    const person = await Person.signedIn();
    const row = await person.connect();
    const banned = await person.connect('cleo.banned');
    const id = await scheduledPost(row, MEDIA);
    await query('INSERT INTO scheduled_post_accounts ("postId", "accountId") VALUES ($1, $2)', [id, banned.id]);
    const { results } = await publish(id);
    expect(results.find(({ accountId }) => accountId === row.id)).toMatchObject({ platformPostId: expect.any(String) });
    expect(results.find(({ accountId }) => accountId === banned.id)).toEqual({ accountId: banned.id, error: expect.any(String) });
    expect(await tiktokPosts()).toHaveLength(1);
  });

  it('rejects a post without a video', async () => {
    const person = await Person.signedIn();
    const row = await person.connect();
    expect((await publish(await scheduledPost(row, []))).results).toEqual([
      { accountId: row.id, error: expect.any(String) },
    ]);
    expect(await tiktokPosts()).toEqual([]);
  });

  it('keeps the publish id of a post that is not public', async () => {
    await emulator('settings', { pull_from: await served() });
    await emulator('webhook', { client_key: 'awtoklinkemu0001', url: `${host.origin}${TIKTOK}/webhook` });
    const person = await Person.signedIn();
    const row = await person.connect();
    const [result] = (await publish(await scheduledPost(row, MEDIA))).results;
    await emulator('clock', { advance_ms: 60_000 });
    expect(await query('SELECT "platformPostId" FROM post_accounts WHERE "accountId" = $1', [row.id])).toEqual([
      { platformPostId: result?.platformPostId },
    ]);
    onTestFinished(() => void emulator('webhook', { client_key: 'awtoklinkemu0001', url: null }));
  });

  it('sets a rejected post to FAILED and can publish it again', async () => {
    await emulator('settings', { pull_from: await served(), processing_delay_ms: 3_600_000 });
    await emulator('webhook', { client_key: 'awtoklinkemu0001', url: `${host.origin}${TIKTOK}/webhook` });
    onTestFinished(() => void emulator('webhook', { client_key: 'awtoklinkemu0001', url: null }));
    const person = await Person.signedIn();
    const row = await person.connect();
    const id = await scheduledPost(row, MEDIA);
    const [refused] = (await publish(id)).results;
    await emulator('act', { kind: 'fail_post', publish_id: refused?.platformPostId, reason: 'spam_risk' });
    // recordOutcome deletes this row last.
    await expect.poll(() => query('SELECT id FROM post_accounts WHERE "accountId" = $1', [row.id]), { timeout: 10_000 }).toEqual([]);
    expect(await query('SELECT status FROM scheduled_posts WHERE id = $1', [id])).toEqual([{ status: 'FAILED' }]);
    const errors = await query('SELECT error FROM scheduled_post_accounts WHERE "postId" = $1', [id]);
    expect(errors).toEqual([{ error: expect.stringContaining('spam_risk') }]);

    const [again] = (await publish(id)).results;
    expect(again).toEqual({ accountId: row.id, platformPostId: expect.stringMatching(/^v_pub/), url: expect.any(String) });
    expect(again?.platformPostId).not.toBe(refused?.platformPostId);
  });
});
