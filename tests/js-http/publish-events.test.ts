import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { PublishOptions, PublishOutcome, PublishProgress } from '../../js/types.js';
import { get, type Host, withHost } from './host.js';
import { events, form, read, upload } from './uploads.js';

const OUTCOME = { publishId: 'v_pub_1', status: 'PUBLISH_COMPLETE', postId: null } as PublishOutcome;

interface Running {
  jobId: string;
  tell: (bytesSent: number) => void;
  finish: () => void;
}

async function running(host: Host): Promise<Running> {
  let tell = (_progress: PublishProgress): void => {};
  let finish = (_outcome: PublishOutcome): void => {};
  host.api.publishVideo = async (_account, input, options?: PublishOptions) => {
    tell = (progress) => options?.onProgress?.(progress);
    await read(input);
    return new Promise((resolve) => (finish = resolve));
  };
  const response = await host.routes.publish(upload(form({ privacyLevel: 'SELF_ONLY' })));
  const { jobId } = (await response.json()) as { jobId: string };
  await setImmediate();
  const common = { phase: 'processing', publishId: 'v_pub_1', totalBytes: 11, bytesPerSecond: 0, remainingMs: null } as const;
  return { jobId, tell: (bytesSent) => tell({ ...common, bytesSent }), finish: () => finish(OUTCOME) };
}

const watch = (host: Host, jobId: string) => host.routes.publishEvents(get(`publish/events?jobId=${jobId}`));

describe('the events route', () => {
  const host = withHost();

  it('buffers only the newest event for a browser without reads', async () => {
    const { jobId, tell, finish } = await running(host());
    const stalled = await watch(host(), jobId);
    for (let sent = 1; sent <= 5_000; sent += 1) tell(sent);
    host().clock.advance(15_000);
    finish();
    await setImmediate();
    const text = await stalled.text();
    expect(Buffer.byteLength(text)).toBeLessThan(20_000);
    expect(text).toMatch(/event: outcome\ndata: .*\n\n$/);
  });

  it('ends the stream of a browser that reads nothing in a minute', async () => {
    const { jobId, tell } = await running(host());
    const stalled = await watch(host(), jobId);
    for (let sent = 1; sent <= 500; sent += 1) tell(sent);
    const timers = host().clock.waiting;
    host().clock.advance(60_000);
    expect(host().clock.waiting).toBe(timers - 1);
    // The stream ended before the publish did.
    expect(await stalled.text()).not.toContain('event: outcome');
  });

  it('sends heartbeats to a browser that reads', async () => {
    const { jobId } = await running(host());
    const reader = (await watch(host(), jobId)).body!.getReader();
    const next = async () => Buffer.from((await reader.read()).value ?? []).toString();
    expect(await next()).toBe('retry: 1000\n\n');
    for (let beat = 0; beat < 6; beat += 1) {
      host().clock.advance(15_000);
      expect(await next()).toBe(': still here\n\n');
    }
    await reader.cancel();
    expect(host().clock.waiting).toBe(0);
  });

  it('serves the four newest pages of a job and ends the oldest', async () => {
    const { jobId, finish } = await running(host());
    const pages: Response[] = [];
    for (let page = 0; page < 6; page += 1) pages.push(await watch(host(), jobId));
    // Pages that reconnect at once would replace each other forever.
    for (const page of pages.slice(0, 2)) expect(await page.text()).toBe('retry: 1000\n\nretry: 30000\n\n');
    finish();
    for (const page of pages.slice(2)) expect(await events(page)).toEqual([['outcome', OUTCOME]]);
  });

  it('serves the 16 newest pages of a user', async () => {
    const pages: { page: Response; finish: () => void }[] = [];
    for (let job = 0; job < 9; job += 1) {
      const { jobId, finish, tell } = await running(host());
      // TikTok has all bytes of this post, so that the next post gets an upload slot.
      tell(11);
      for (const page of [await watch(host(), jobId), await watch(host(), jobId)]) pages.push({ page, finish });
    }
    for (const { finish } of pages) finish();
    const texts = await Promise.all(pages.map(({ page }) => page.text()));
    expect(texts.map((text) => text.includes('event: outcome'))).toEqual(pages.map((_page, index) => index >= 2));
  });
});
