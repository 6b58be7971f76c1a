import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { PublishOptions, PublishOutcome, PublishProgress } from '../../js/types.js';
import { get, type Host, post, withHost } from './host.js';
import { events, form, read, upload } from './uploads.js';

const OUTCOME = { publishId: 'v_pub_1', status: 'PUBLISH_COMPLETE', postId: null } as PublishOutcome;
const PROGRESS = { publishId: 'v_pub_1', bytesSent: 1, totalBytes: 1, bytesPerSecond: 1, remainingMs: null };
const PHOTOS = { photoUrls: ['https://media.example.test/1.jpg'], privacyLevel: 'SELF_ONLY' };

/** A waiting publish, and the functions that continue it. */
interface Held {
  tell: (progress: PublishProgress) => void;
  finish: () => void;
}

/** Makes every publish of the host wait until the test continues it. */
function holding(host: Host): Held[] {
  const held: Held[] = [];
  host.api.publishVideo = async (_account, input, options?: PublishOptions) => {
    await read(input);
    return new Promise((resolve) => {
      held.push({ tell: (progress) => options?.onProgress?.(progress), finish: () => resolve(OUTCOME) });
    });
  };
  return held;
}

async function posted(host: Host, query = 'accountId=open-1'): Promise<{ status: number; jobId: string; code: string }> {
  const response = await host.routes.publish(upload(form({ privacyLevel: 'SELF_ONLY' }), {}, query));
  await setImmediate();
  return { status: response.status, ...((await response.json()) as { jobId: string; code: string }) };
}

/** Lets olivia and peter post in both workspaces, so that the three limits differ. */
function withRoles(host: Host): void {
  for (const who of ['olivia', 'peter', 'rosa']) for (const where of ['ws1', 'ws2']) host.roles[`${who} ${where}`] = 'OWNER';
}

describe('limits of uploads', () => {
  const host = withHost();

  it('rejects the third upload of one user and serves others', async () => {
    withRoles(host());
    holding(host());
    expect([(await posted(host())).status, (await posted(host())).status]).toEqual([202, 202]);
    expect(await posted(host())).toMatchObject({ status: 429, code: 'BUSY' });
    expect(await posted(host(), 'accountId=open-2')).toMatchObject({ status: 429, code: 'BUSY' });
    host().user = 'peter';
    expect((await posted(host())).status).toBe(202);
  });

  it('rejects the fourth upload of one workspace only', async () => {
    withRoles(host());
    holding(host());
    await posted(host());
    await posted(host());
    host().user = 'peter';
    await posted(host());
    expect(await posted(host())).toMatchObject({ status: 429, code: 'BUSY' });
    expect((await posted(host(), 'accountId=open-2')).status).toBe(202);
  });

  it('rejects uploads above the limit of the process', async () => {
    withRoles(host());
    holding(host());
    await posted(host());
    await posted(host());
    host().user = 'peter';
    await posted(host());
    await posted(host(), 'accountId=open-2');
    host().user = 'rosa';
    const response = await host().routes.publish(upload(form({ privacyLevel: 'SELF_ONLY' }), {}, 'accountId=open-2'));
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '60']);
  });

  it('releases the slot once TikTok has all bytes', async () => {
    const held = holding(host());
    const { jobId } = await posted(host());
    await posted(host());
    expect((await posted(host())).status).toBe(429);
    held[0]?.tell({ ...PROGRESS, phase: 'sending' });
    expect((await posted(host())).status).toBe(429);
    held[0]?.tell({ ...PROGRESS, phase: 'processing' });
    held[0]?.tell({ ...PROGRESS, phase: 'moderating' });
    expect((await posted(host())).status).toBe(202);
    expect((await posted(host())).status).toBe(429);
    const watching = await host().routes.publishEvents(get(`publish/events?jobId=${jobId}`));
    held[0]?.finish();
    await events(watching);
    expect((await posted(host())).status).toBe(429);
  });

  it('releases the slot of a publish that has ended', async () => {
    const held = holding(host());
    const { jobId } = await posted(host());
    await posted(host());
    const watching = await host().routes.publishEvents(get(`publish/events?jobId=${jobId}`));
    held[0]?.finish();
    await events(watching);
    expect((await posted(host())).status).toBe(202);
  });

  it('releases the slot of a rejected request', async () => {
    holding(host());
    for (let attempt = 0; attempt < 5; attempt += 1) {
      expect((await host().routes.publish(upload(form({ privacyLevel: 'EVERYONE' })))).status).toBe(400);
    }
    expect((await posted(host())).status).toBe(202);
  });

  it('limits a user to 32 unfinished photo posts', async () => {
    withRoles(host());
    host().api.publishPhotos = () => new Promise(() => {});
    const photos = async () => {
      const query = `accountId=open-1&jobId=${randomUUID()}`;
      return (await host().routes.publishPhotos(post(`publish/photos?${query}`, PHOTOS))).status;
    };
    for (let sent = 0; sent < 32; sent += 1) expect(await photos()).toBe(202);
    expect(await photos()).toBe(429);
    expect((await posted(host())).status).toBe(429);
    host().user = 'peter';
    expect(await photos()).toBe(202);
  });
});
