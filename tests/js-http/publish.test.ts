import { existsSync } from 'node:fs';
import { readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ToklinkError } from '../../js/errors.js';
import type { PublishOptions, PublishOutcome, PublishProgress, PublishVideoInput } from '../../js/types.js';
import { errorOf, get, type Host, ORIGIN, post, withHost } from './host.js';

const BOUNDARY = 'toklinkboundary';
const OUTCOME = { publishId: 'v_pub_1', status: 'PUBLISH_COMPLETE', postId: null } as PublishOutcome;
const SENDING: PublishProgress = {
  phase: 'sending',
  publishId: 'v_pub_1',
  bytesSent: 10,
  totalBytes: 20,
  bytesPerSecond: 5,
  remainingMs: 2000,
};

function form(fields: Record<string, string>, video: Buffer | null = Buffer.from('video bytes')): Buffer {
  const parts = Object.entries(fields).map(
    ([name, value]) => `--${BOUNDARY}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  const head = `--${BOUNDARY}\r\ncontent-disposition: form-data; name="file"; filename="a.mp4"\r\n\r\n`;
  return Buffer.concat([
    Buffer.from(parts.join('')),
    ...(video === null ? [] : [Buffer.from(head), video, Buffer.from('\r\n')]),
    Buffer.from(`--${BOUNDARY}--\r\n`),
  ]);
}

function upload(body: Buffer, headers: Record<string, string> = {}, query = 'accountId=open-1'): Request {
  return new Request(`http://internal/api/social/tiktok/publish?${query}`, {
    method: 'POST',
    headers: {
      origin: ORIGIN,
      'content-type': `multipart/form-data; boundary=${BOUNDARY}`,
      'content-length': String(body.byteLength),
      ...headers,
    },
    body: new Uint8Array(body),
  });
}

async function started(host: Host, body = form({ privacyLevel: 'SELF_ONLY' })): Promise<string> {
  const response = await host.routes.publish(upload(body));
  expect(response.status).toBe(202);
  return ((await response.json()) as { jobId: string }).jobId;
}

/** The events of a stream until its end, as `[name, data]`. */
async function events(response: Response): Promise<[string, Record<string, unknown>][]> {
  const text = await response.text();
  return [...text.matchAll(/event: (\w+)\ndata: (.*)\n\n/g)].map(([, name, data]) => [name ?? '', JSON.parse(data ?? '')]);
}

describe('publish', () => {
  const host = withHost();

  it('hands the bytes to toklink as a file that only its owner can read, and removes it', async () => {
    const video = Buffer.alloc(300_000, 7);
    let seen: { input: PublishVideoInput; bytes: Buffer; mode: number } | null = null;
    host().api.publishVideo = async (_account, input) => {
      seen = { input, bytes: await readFile(input.file ?? ''), mode: (await stat(input.file ?? '')).mode & 0o777 };
      return OUTCOME;
    };
    const fields = { privacyLevel: 'SELF_ONLY', title: 'Grüße 🎬', allowDuet: 'true', coverTimestampMs: '1500' };
    const jobId = await started(host(), form(fields, video));
    const told = await events(await host().routes.publishEvents(get(`publish/events?jobId=${jobId}`)));
    expect(told).toEqual([['outcome', OUTCOME]]);
    expect(seen).toMatchObject({
      mode: 0o600,
      input: {
        privacyLevel: 'SELF_ONLY',
        title: 'Grüße 🎬',
        allowDuet: true,
        allowComment: false,
        allowStitch: false,
        coverTimestampMs: 1500,
      },
    });
    expect(video.equals(seen!.bytes)).toBe(true);
    expect(host().called('publishVideo')[0]?.[0]).toEqual({ tenant: 'ws1', accountId: 'open-1' });
    expect(await readdir(host().uploads)).toEqual([]);
  });

  it('tells progress as it comes and the newest first to one who comes late', async () => {
    let finish = (_outcome: PublishOutcome) => {};
    let tell = (_progress: PublishProgress) => {};
    const began = new Promise<void>((begun) => {
      host().api.publishVideo = (_account, _input, options?: PublishOptions) => {
        tell = (progress) => options?.onProgress?.(progress);
        begun();
        return new Promise((resolve) => { finish = resolve; });
      };
    });
    const jobId = await started(host());
    await began;
    tell(SENDING);
    const late = await host().routes.publishEvents(get(`publish/events?jobId=${jobId}`));
    tell({ ...SENDING, bytesSent: 20 });
    finish(OUTCOME);
    expect(await events(late)).toEqual([
      ['progress', SENDING],
      ['progress', { ...SENDING, bytesSent: 20 }],
      ['outcome', OUTCOME],
    ]);
    expect(late.headers.get('content-type')).toBe('text/event-stream');
    expect(late.headers.get('cache-control')).toContain('no-transform');
  });

  it('tells a failure in words and removes the file', async () => {
    const fault = new ToklinkError({ code: 'REJECTED', message: 'This is no video.', owner: 'user' });
    host().api.publishVideo = () => Promise.reject(fault);
    const jobId = await started(host());
    const told = await events(await host().routes.publishEvents(get(`publish/events?jobId=${jobId}`)));
    expect(told).toMatchObject([['failure', { error: 'This is no video.', code: 'REJECTED' }]]);
    expect(await readdir(host().uploads)).toEqual([]);
  });

  it('cancels by the signal that toklink was given', async () => {
    host().api.publishVideo = (_account, _input, options?: PublishOptions) =>
      new Promise((_resolve, reject) => {
        const stop = () => reject(new ToklinkError({ code: 'CANCELLED', message: 'cancelled' }));
        if (options?.signal?.aborted) stop();
        options?.signal?.addEventListener('abort', stop);
      });
    const jobId = await started(host());
    const watching = await host().routes.publishEvents(get(`publish/events?jobId=${jobId}`));
    expect((await host().routes.cancelPublish(post('publish/cancel', { jobId }))).status).toBe(202);
    expect(await events(watching)).toMatchObject([['failure', { code: 'CANCELLED' }]]);
  });

  it('keeps a publish from other people', async () => {
    host().api.publishVideo = async () => OUTCOME;
    const jobId = await started(host());
    host().user = 'victor';
    expect((await host().routes.publishEvents(get(`publish/events?jobId=${jobId}`))).status).toBe(404);
    expect((await host().routes.cancelPublish(post('publish/cancel', { jobId }))).status).toBe(404);
    expect((await host().routes.publishEvents(get('publish/events'))).status).toBe(400);
  });

  it('refuses before a byte is read: foreign origin, signed out, viewer, unknown account', async () => {
    const body = form({ privacyLevel: 'SELF_ONLY' });
    const refused = async (request: Request) => {
      const { status } = await host().routes.publish(request);
      expect(request.bodyUsed).toBe(false);
      return status;
    };
    expect(await refused(upload(body, { origin: 'https://evil.test' }))).toBe(403);
    expect(await refused(upload(body, {}, 'accountId=nobody'))).toBe(404);
    expect(await refused(upload(body, {}, ''))).toBe(400);
    host().user = 'victor';
    expect(await refused(upload(body))).toBe(403);
    host().user = null;
    expect(await refused(upload(body))).toBe(401);
  });

  it.each([
    ['no privacy level', form({}), {}, 400],
    ['an unknown privacy level', form({ privacyLevel: 'EVERYONE' }), {}, 400],
    ['a cover that is no number', form({ privacyLevel: 'SELF_ONLY', coverTimestampMs: 'x' }), {}, 400],
    ['no file', form({ privacyLevel: 'SELF_ONLY' }, null), {}, 400],
    ['a field that is too long', form({ privacyLevel: 'SELF_ONLY', title: 'x'.repeat(70_000) }), {}, 413],
    ['a length that is too large', form({ privacyLevel: 'SELF_ONLY' }), { 'content-length': '11000001' }, 413],
    ['no length', form({ privacyLevel: 'SELF_ONLY' }), { 'content-length': '' }, 411],
    ['no form', form({ privacyLevel: 'SELF_ONLY' }), { 'content-type': 'video/mp4' }, 400],
  ])('refuses %s and leaves no file', async (_name, body, headers, status) => {
    const response = await host().routes.publish(upload(body, headers));
    expect(response.status).toBe(status);
    expect(host().calls).toEqual([]);
    expect(existsSync(host().uploads) ? await readdir(host().uploads) : []).toEqual([]);
  });

  it('posts nothing of an upload that broke off, however proper it looks', async () => {
    const body = form({ privacyLevel: 'SELF_ONLY' });
    const short = await host().routes.publish(upload(body, { 'content-length': String(body.byteLength + 1) }));
    expect(short.status).toBe(400);
    expect(await errorOf(short)).toContain(`${body.byteLength} of ${body.byteLength + 1} bytes`);
    const cut = await host().routes.publish(upload(body.subarray(0, body.byteLength - 20)));
    expect(cut.status).toBe(400);
    expect(await errorOf(cut)).toContain('broke off');
    expect(host().calls).toEqual([]);
    expect(await readdir(host().uploads)).toEqual([]);
  });

  it('removes what a process that crashed long ago left behind, and nothing newer', async () => {
    const [old, fresh] = [join(host().uploads, 'old'), join(host().uploads, 'fresh')];
    await Promise.all([writeFile(old, 'x'), writeFile(fresh, 'x')]);
    await utimes(old, 0, 0);
    await host().routes.publish(upload(form({})));
    expect(await readdir(host().uploads)).toEqual(['fresh']);
  });

  it('takes so many at a time, and again when one has ended', async () => {
    let finish = (_outcome: PublishOutcome) => {};
    const began = new Promise<void>((begun) => {
      host().api.publishVideo = () =>
        new Promise((resolve) => {
          finish = resolve;
          begun();
        });
    });
    const jobId = await started(host());
    await began;
    host().api.publishVideo = () => new Promise(() => {});
    await started(host());
    const third = await host().routes.publish(upload(form({ privacyLevel: 'SELF_ONLY' })));
    expect(third.status).toBe(503);
    expect(third.headers.get('retry-after')).toBe('60');
    const watching = await host().routes.publishEvents(get(`publish/events?jobId=${jobId}`));
    finish(OUTCOME);
    await events(watching);
    await started(host());
  });
});
