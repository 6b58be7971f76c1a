import { getEventListeners } from 'node:events';
import { createReadStream } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { Client } from '../../js/index.js';
import type { Account, PublishProgress } from '../../js/index.js';
import { MemoryStore } from '../../js/testing/index.js';
import { connect, options, refusal, servedAt, withEmulator, writeVideo } from './connected.js';

const { emulator, folder } = withEmulator();
let client: Client;
let account: Account;
let file: string;

beforeEach(async () => {
  client = new Client(options(emulator()));
  account = await connect(client, emulator());
  file = join(folder(), 'clip.mp4');
});
afterEach(() => client.close());

const HOUR = 3_600_000;
const PHASES = ['probing', 'sending', 'processing', 'moderating', 'published'];

describe('publishVideo', () => {
  it('posts every byte of a file and reports progress in order', async () => {
    const written = await writeVideo(file, 3_000_000);
    const seen: PublishProgress[] = [];
    const outcome = await client.publishVideo(
      account,
      { file, privacyLevel: 'SELF_ONLY', title: 'Morning run #running' },
      { onProgress: (progress) => void seen.push(progress) },
    );
    expect(outcome).toMatchObject({ status: 'PUBLISH_COMPLETE', failReason: null, postId: null });
    expect(outcome.publishId).toMatch(/^v_pub_file~/);
    const [post] = await emulator().posts();
    expect(post).toMatchObject({ publish_id: outcome.publishId, sha256: written.sha256 });
    const phases = seen.map((progress) => PHASES.indexOf(progress.phase));
    expect(phases).toEqual([...phases].sort((a, b) => a - b));
    const sent = seen.map((progress) => progress.bytesSent);
    expect(sent).toEqual([...sent].sort((a, b) => a - b));
    expect(seen[0]?.phase).toBe('probing');
    expect(seen.at(-1)).toMatchObject({
      phase: outcome.phase,
      bytesSent: 3_000_000,
      totalBytes: 3_000_000,
      publishId: outcome.publishId,
    });
  });

  it('resumes in another client after the last accepted byte', async () => {
    const large = join(folder(), 'large.mp4');
    const { sha256 } = await writeVideo(large, 70_000_000);
    const shared = { sqlite: join(folder(), 'resumed.db') };
    const first = new Client({ ...options(emulator()), store: shared });
    const mine = await connect(first, emulator());
    const stop = new AbortController();
    await emulator().faults({ endpoint: 'upload', nth: 3, delay_ms: 600_000, times: 0 });
    const posting = first.publishVideo(
      mine,
      { file: large, privacyLevel: 'SELF_ONLY' },
      { signal: stop.signal, idempotencyKey: 'k', onProgress: ({ bytesSent }) => void (bytesSent > 20_971_520 && stop.abort()) },
    );
    await expect(posting).rejects.toMatchObject({ code: 'CANCELLED', idempotencyKey: 'k' });
    await first.close();
    await emulator().faults();

    const second = new Client({ ...options(emulator()), store: shared });
    onTestFinished(() => second.close());
    const unfinished = await second.unfinishedPublishes(mine);
    expect(unfinished).toMatchObject([{ idempotencyKey: 'k', acceptedBytes: 20_971_520, totalBytes: 70_000_000 }]);
    const seen: PublishProgress[] = [];
    const name = unfinished[0]?.publishId ?? '';
    const outcome = await second.resumePublish(mine, name, { onProgress: (progress) => void seen.push(progress) });
    expect(outcome).toMatchObject({ idempotencyKey: 'k', publishId: name, status: 'PUBLISH_COMPLETE' });
    expect(seen.find(({ phase }) => phase === 'sending')?.bytesSent).toBe(20_971_520);
    expect((await emulator().posts()).map((post) => post.sha256)).toEqual([sha256]);
    expect(await second.unfinishedPublishes(mine)).toEqual([]);
    const other = join(folder(), 'other.mp4');
    await expect(second.resumePublish(mine, 'nothing', { file: other })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('posts once when another process takes over an attempt', async () => {
    await writeVideo(file, 1_000_000);
    // Both clients share the store, but no leases.
    const shared = Object.assign(new MemoryStore(), { leases: 'memory' as const });
    const sleeper = new Client({ ...options(emulator()), store: shared });
    const other = new Client({ ...options(emulator()), store: shared });
    onTestFinished(async () => void (await Promise.all([sleeper.close(), other.close()])));
    const mine = await connect(other, emulator());
    const insert = shared.journal.insert.bind(shared.journal);
    let reached = (): void => {};
    let wake = (): void => {};
    const held = new Promise<void>((resolve) => (reached = resolve));
    const woken = new Promise<void>((resolve) => (wake = resolve));
    shared.journal.insert = async (row) => {
      shared.journal.insert = insert;
      reached();
      await woken;
      return insert(row);
    };
    const input = { file, privacyLevel: 'SELF_ONLY' } as const;
    const first = sleeper.publishVideo(mine, input, { idempotencyKey: 'k', wait: false });
    await held;
    const second = await other.publishVideo(mine, input, { idempotencyKey: 'k', wait: false });
    wake();
    expect(await first).toMatchObject({ publishId: second.publishId });
    expect(await emulator().posts()).toHaveLength(1);
  });

  it('deletes the publishes of a disconnected account', async () => {
    await writeVideo(file, 1_000_000);
    const store = new MemoryStore();
    const host = new Client({ ...options(emulator()), store });
    onTestFinished(() => host.close());
    const mine = await connect(host, emulator());
    await host.publishVideo(mine, { file, privacyLevel: 'SELF_ONLY' }, { idempotencyKey: 'k' });
    expect(store.journal.rows.size).toBe(1);
    await host.disconnect(mine);
    expect(store.journal.rows.size).toBe(0);
  });

  it('rejects a journal retention of less than a day', () => {
    const retained = (journalRetentionSec: number) => () => new Client({ ...options(emulator()), journalRetentionSec });
    expect(retained(86_399)).toThrow(expect.objectContaining({ code: 'CONFIG', message: expect.stringContaining('86399') as string }));
    expect(retained(-1)).toThrow('journalRetentionSec');
  });

  it('sends a large file in chunks', async () => {
    const large = join(folder(), 'large.mp4');
    const written = await writeVideo(large, 70_000_000);
    const outcome = await client.publishVideo(account, { file: large, privacyLevel: 'SELF_ONLY' }, { wait: false });
    const [post] = await emulator().posts();
    expect(post).toMatchObject({ publish_id: outcome.publishId, sha256: written.sha256, bytes_received: 70_000_000 });
    expect(post?.['chunk_count']).toBeGreaterThan(1);
  });

  it('sends a draft to the inbox and warns about ignored options', async () => {
    const written = await writeVideo(file, 1_000_000);
    const outcome = await client.publishVideo(account, { file, draft: true, title: 'unread', allowDuet: true });
    expect(outcome).toMatchObject({ status: 'SEND_TO_USER_INBOX', phase: 'published', postId: null });
    expect(outcome.warnings).toEqual([
      expect.stringContaining('title'),
      expect.stringContaining('duet'),
    ]);
    const [post] = await emulator().posts();
    expect(post).toMatchObject({ publish_id: outcome.publishId, sha256: written.sha256 });
  });

  it('posts photos and a video that TikTok fetches', async () => {
    await writeVideo(file, 1_000_000);
    const jpeg = Buffer.from([0xff, 0xd8, 0xff, 0xc0, 0, 11, 8, 4, 56, 7, 128, 3, 0, 0, 0, 0]);
    const host = createServer((request, response) => {
      if (request.url?.endsWith('.mp4')) createReadStream(file).pipe(response);
      else response.end(jpeg);
    });
    await new Promise<void>((resolve) => host.listen(0, '127.0.0.1', resolve));
    const { port } = host.address() as AddressInfo;
    onTestFinished(() => void host.close());
    await emulator().post('settings', { pull_from: `http://127.0.0.1:${port}` });
    const photos = await client.publishPhotos(account, {
      urls: ['https://media.example.test/1.jpg', 'https://media.example.test/2.jpg'],
      coverIndex: 1,
      privacyLevel: 'SELF_ONLY',
      title: 'Trip',
      description: 'Three days',
      autoAddMusic: true,
    });
    expect(photos).toMatchObject({ status: 'PUBLISH_COMPLETE', warnings: [] });
    const url = 'https://media.example.test/v.mp4';
    const video = await client.publishVideo(account, { url, privacyLevel: 'SELF_ONLY' });
    expect(video.publishId).toMatch(/^v_pub_url~/);
    const posts = await emulator().posts();
    expect(posts[0]).toMatchObject({ photo_count: 2, title: 'Trip', description: 'Three days' });
  });

  it('relays a video URL always or only if TikTok rejects it', async () => {
    const written = await writeVideo(file, 1_000_000);
    const url = await servedAt(file, written.bytes);
    await using client = new Client({ ...options(emulator()), relayFromLoopback: true });
    const account = await connect(client, emulator());
    const always = await client.publishVideo(account, { url, relay: 'always', privacyLevel: 'SELF_ONLY' });
    await emulator().faults({ endpoint: 'video_init', status: 403, code: 'url_ownership_unverified', times: 1 });
    const fallback = await client.publishVideo(account, { url, relay: 'ifUnverified', privacyLevel: 'SELF_ONLY' });
    for (const { publishId } of [always, fallback]) {
      const post = (await emulator().posts()).find((each) => each.publish_id === publishId);
      expect(post).toMatchObject({ sha256: written.sha256, status: 'PUBLISH_COMPLETE' });
    }
    const wrong = client.publishVideo(account, { url, relay: 'sometimes' as 'always', privacyLevel: 'SELF_ONLY' });
    await expect(wrong).rejects.toMatchObject({ code: 'INVALID_INPUT' });
  });

  it('relays from loopback only when the options allow it', async () => {
    const { bytes } = await writeVideo(file, 1_000_000);
    const url = await servedAt(file, bytes);
    const relayed = client.publishVideo(account, { url, relay: 'always', privacyLevel: 'SELF_ONLY' });
    await expect(relayed).rejects.toMatchObject({ code: 'INVALID_INPUT', owner: 'user' });
    expect(await emulator().posts()).toEqual([]);
  });

  it('rejects invalid photos and an invalid source', async () => {
    const urls = Array.from({ length: 36 }, (_, n) => `https://media.example.test/${n}.jpg`);
    const photos = client.publishPhotos(account, { urls, privacyLevel: 'SELF_ONLY' });
    await expect(photos).rejects.toMatchObject({ code: 'INVALID_INPUT', operation: 'publishPhotos' });
    const both = client.publishVideo(account, { file, url: 'https://a.test/v.mp4', privacyLevel: 'SELF_ONLY' });
    await expect(both).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    await expect(client.publishVideo(account, { file })).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    await expect(client.abandonPublish(account, 'never')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('resolves to the id of a public post that is then listed', async () => {
    await writeVideo(file, 1_000_000);
    const outcome = await client.publishVideo(
      account,
      { file, privacyLevel: 'PUBLIC_TO_EVERYONE', title: 'For everyone', allowComment: true },
      { onProgress: ({ phase }) => void (phase === 'processing' && emulator().advance(HOUR)) },
    );
    expect(outcome).toMatchObject({ status: 'PUBLISH_COMPLETE', phase: 'published', postIds: [outcome.postId] });
    expect(outcome.postId).toMatch(/^\d{19}$/);
    expect(outcome.shareUrl).toContain(outcome.postId);
    expect((await client.listVideos(account)).videos.map((video) => video.id)).toContain(outcome.postId);
  });

  it('returns early with wait: false, and waitForPublish waits', async () => {
    await writeVideo(file, 1_000_000);
    const sent = await client.publishVideo(account, { file, privacyLevel: 'PUBLIC_TO_EVERYONE' }, { wait: false });
    expect(sent.postId).toBeNull();
    expect(await client.publishStatus(account, sent.publishId)).toMatchObject({ publishId: sent.publishId });
    await emulator().advance(HOUR);
    const phases: string[] = [];
    const outcome = await client.waitForPublish(account, sent.publishId, {
      onProgress: ({ phase }) => void phases.push(phase),
    });
    expect(outcome).toMatchObject({ status: 'PUBLISH_COMPLETE', publishId: sent.publishId, phase: 'published' });
    expect(phases.at(-1)).toBe('published');
  });

  it('posts once per idempotency key', async () => {
    await writeVideo(file, 1_000_000);
    const post = () =>
      client.publishVideo(account, { file, privacyLevel: 'SELF_ONLY', title: 'Once' }, { idempotencyKey: 'k-1' });
    const first = await post();
    const second = await post();
    expect(second.publishId).toBe(first.publishId);
    expect(await emulator().posts()).toHaveLength(1);
  });

  it('reports the reason when TikTok rejects a post', async () => {
    await writeVideo(file, 1_000_000);
    await emulator().faults(refusal('frame_rate_check_failed'));
    const error: unknown = await client.publishVideo(account, { file, privacyLevel: 'SELF_ONLY' }).catch((e: unknown) => e);
    await emulator().faults();
    const [post] = await emulator().posts();
    expect(error).toMatchObject({
      code: 'REJECTED',
      failReason: 'frame_rate_check_failed',
      publishId: post?.publish_id,
      operation: 'publishVideo',
    });
  });

  it('stops during the upload on abort and removes its listener', async () => {
    await writeVideo(file, 1_000_000);
    await emulator().faults({ endpoint: 'upload', delay_ms: 600_000, times: 0 });
    const stop = new AbortController();
    const publishing = client.publishVideo(
      account,
      { file, privacyLevel: 'SELF_ONLY' },
      { signal: stop.signal, onProgress: ({ phase }) => phase === 'sending' && stop.abort() },
    );
    await expect(publishing).rejects.toMatchObject({ code: 'CANCELLED', operation: 'publishVideo' });
    expect(getEventListeners(stop.signal, 'abort')).toEqual([]);
    await emulator().faults();
    // The client remains usable.
    expect(await client.userInfo(account)).toMatchObject({ username: 'ana.makes' });
  });

  it('sends nothing when the signal is already aborted', async () => {
    await writeVideo(file, 1_000_000);
    const publishing = client.publishVideo(account, { file, privacyLevel: 'SELF_ONLY' }, { signal: AbortSignal.abort() });
    await expect(publishing).rejects.toMatchObject({ code: 'CANCELLED', mayHaveBeenSent: false });
    expect(await emulator().posts()).toEqual([]);
  });

  it('stops on an abort right after the start', async () => {
    await writeVideo(file, 1_000_000);
    // The delay makes the abort precede the upload on any machine.
    await emulator().faults({ endpoint: 'creator_info', delay_ms: 600_000 });
    const stop = new AbortController();
    const publishing = client.publishVideo(account, { file, privacyLevel: 'SELF_ONLY' }, { signal: stop.signal });
    stop.abort();
    await expect(publishing).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(await emulator().posts()).toEqual([]);
  });

  it('continues and warns once when the progress callback throws', async () => {
    await writeVideo(file, 1_000_000);
    const warnings: string[] = [];
    const listen = (warning: Error): void => void warnings.push(warning.message);
    process.on('warning', listen);
    const outcome = await client.publishVideo(
      account,
      { file, privacyLevel: 'SELF_ONLY' },
      {
        onProgress: () => {
          throw new Error('listener broke');
        },
      },
    );
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', listen);
    expect(outcome.status).toBe('PUBLISH_COMPLETE');
    expect(warnings.filter((text) => text.includes('listener broke'))).toHaveLength(1);
  });

  it('cancels a publish on TikTok', async () => {
    await writeVideo(file, 1_000_000);
    await emulator().faults({ endpoint: 'upload', delay_ms: 600_000, times: 0 });
    const stop = new AbortController();
    let publishId: string | null = null;
    const publishing = client.publishVideo(
      account,
      { file, privacyLevel: 'SELF_ONLY' },
      {
        signal: stop.signal,
        onProgress: (progress) => {
          publishId = progress.publishId;
          if (publishId !== null) stop.abort();
        },
      },
    );
    await expect(publishing).rejects.toMatchObject({ code: 'CANCELLED' });
    await emulator().faults();
    if (publishId === null) throw new Error('no publish id was reported');
    await client.cancelPublish(account, publishId);
    expect(await client.publishStatus(account, publishId)).toMatchObject({ status: 'FAILED' });
  });
});
