import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { ToklinkError } from '../../js/errors.js';
import type { PublishOptions, PublishOutcome, PublishProgress, PublishVideoInput } from '../../js/types.js';
import { errorOf, get, type Host, post, withHost } from './host.js';
import { BOUNDARY, events, form, read, slowly, upload } from './uploads.js';

const OUTCOME = { publishId: 'v_pub_1', status: 'PUBLISH_COMPLETE', postId: null } as PublishOutcome;
const SENDING: PublishProgress = {
  phase: 'sending',
  publishId: 'v_pub_1',
  bytesSent: 10,
  totalBytes: 20,
  bytesPerSecond: 5,
  remainingMs: 2000,
};

async function started(host: Host, body = form({ privacyLevel: 'SELF_ONLY' })): Promise<string> {
  const response = await host.routes.publish(upload(body));
  expect(response.status).toBe(202);
  return ((await response.json()) as { jobId: string }).jobId;
}

describe('publish', () => {
  const host = withHost();

  it('publishes a stream under the job id of the browser', async () => {
    const video = Buffer.alloc(300_000, 7);
    let seen: { input: PublishVideoInput; bytes: Buffer; size: number; key: string | undefined } | null = null;
    host().api.publishVideo = async (_account, input, options?: PublishOptions) => {
      seen = { input, key: options?.idempotencyKey, ...(await read(input)) };
      return OUTCOME;
    };
    const fields = { privacyLevel: 'SELF_ONLY', title: 'Grüße 🎬', allowDuet: 'true', coverTimestampMs: '1500' };
    const id = randomUUID();
    const response = await host().routes.publish(upload(form(fields, video), {}, `accountId=open-1&jobId=${id}`));
    expect(await response.json()).toEqual({ jobId: id });
    const told = await events(await host().routes.publishEvents(get(`publish/events?jobId=${id}`)));
    expect(told).toEqual([['outcome', OUTCOME]]);
    expect(seen).toMatchObject({
      size: 300_000,
      key: id,
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
  });

  it('sends a draft without a privacy level', async () => {
    const inputs: PublishVideoInput[] = [];
    host().api.publishVideo = async (_account, input) => {
      inputs.push(input);
      await read(input);
      return OUTCOME;
    };
    const posted = async (body?: Buffer) => {
      const id = await started(host(), body);
      await events(await host().routes.publishEvents(get(`publish/events?jobId=${id}`)));
    };
    await posted(form({ draft: 'true' }));
    expect(inputs[0]).toMatchObject({ draft: true });
    expect(inputs[0]).not.toHaveProperty('privacyLevel');
    await posted();
    expect(inputs[1]).toMatchObject({ draft: false, privacyLevel: 'SELF_ONLY' });
    const wrong = await host().routes.publish(upload(form({ draft: 'true', privacyLevel: 'EVERYBODY' })));
    expect(wrong.status).toBe(400);
    expect(await wrong.json()).toMatchObject({ code: 'BAD_REQUEST', error: expect.stringContaining('privacyLevel') });
    expect(inputs).toHaveLength(2);
  });

  it('forwards bytes while they arrive, and only on demand', async () => {
    const body = form({ privacyLevel: 'SELF_ONLY' }, Buffer.alloc(8_000_000, 7));
    let given = 0;
    let source: Readable | undefined;
    const began = new Promise<void>((begun) => {
      host().api.publishVideo = async (_account, input) => {
        source = (input.source as unknown as { stream: Readable }).stream;
        await new Promise((first) => source?.once('readable', first));
        begun();
        await read(input);
        return OUTCOME;
      };
    });
    const answer = host().routes.publish(slowly(body, (bytes) => void (given = bytes)));
    await began;
    expect(given).toBeLessThan(2_000_000);
    expect((await answer).status).toBe(202);
    expect(given).toBe(body.byteLength);
  });

  it('responds with an early failure and discards the rest', async () => {
    const fault = new ToklinkError({ code: 'REJECTED', message: 'The file is not a video.', owner: 'user' });
    host().api.publishVideo = () => Promise.reject(fault);
    const body = form({ privacyLevel: 'SELF_ONLY' }, Buffer.alloc(5_000_000));
    let answered = () => {};
    const answer = new Promise<void>((resolve) => (answered = resolve));
    let seen = 0;
    const all = new Promise<void>((resolve) => {
      const request = slowly(body, (bytes) => {
        if (bytes === body.byteLength) resolve();
        return (seen = bytes) > 1_000_000 ? answer : undefined;
      });
      void host().routes.publish(request).then(async (response) => {
        expect([response.status, await errorOf(response)]).toEqual([422, 'The file is not a video.']);
        expect(seen).toBeLessThan(2_000_000);
        answered();
      });
    });
    await all;
  });

  it('reuses a finished job id for the same user only', async () => {
    const id = randomUUID();
    const send = () => host().routes.publish(upload(form({ privacyLevel: 'SELF_ONLY' }), {}, `accountId=open-1&jobId=${id}`));
    host().api.publishVideo = async (_account, input) => {
      await read(input);
      throw new ToklinkError({ code: 'UNAVAILABLE', message: 'away' });
    };
    await send();
    await events(await host().routes.publishEvents(get(`publish/events?jobId=${id}`)));
    let finish = (_outcome: PublishOutcome) => {};
    const began = new Promise<void>((begun) => {
      host().api.publishVideo = async (_account, input) => {
        await read(input);
        begun();
        return new Promise((resolve) => (finish = resolve));
      };
    });
    const second = send();
    await began;
    expect((await second).status).toBe(202);
    expect((await send()).status).toBe(409);
    const watching = await host().routes.publishEvents(get(`publish/events?jobId=${id}`));
    finish(OUTCOME);
    expect(await events(watching)).toEqual([['outcome', OUTCOME]]);
    host().user = 'peter';
    host().roles['peter ws1'] = 'ADMIN';
    expect((await send()).status).toBe(409);
  });

  it('sends the newest event first to a page that opens late', async () => {
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

  it('continues when the browser disconnects', async () => {
    let finish = (_outcome: PublishOutcome) => {};
    let stopped: AbortSignal | undefined;
    const began = new Promise<void>((begun) => {
      host().api.publishVideo = (_account, _input, options?: PublishOptions) => {
        stopped = options?.signal;
        begun();
        return new Promise((resolve) => { finish = resolve; });
      };
    });
    const jobId = await started(host());
    await began;
    const leaving = await host().routes.publishEvents(get(`publish/events?jobId=${jobId}`));
    const staying = await host().routes.publishEvents(get(`publish/events?jobId=${jobId}`));
    await leaving.body?.cancel();
    expect(stopped?.aborted).toBe(false);
    finish(OUTCOME);
    expect(await events(staying)).toEqual([['outcome', OUTCOME]]);
  });

  it('reports a failure with its message', async () => {
    const fault = new ToklinkError({ code: 'REJECTED', message: 'The file is not a video.', owner: 'user' });
    host().api.publishVideo = async (_account, input) => {
      await read(input);
      throw fault;
    };
    const jobId = await started(host());
    const told = await events(await host().routes.publishEvents(get(`publish/events?jobId=${jobId}`)));
    expect(told).toMatchObject([['failure', { error: 'The file is not a video.', code: 'REJECTED' }]]);
  });

  it('cancels a publish through its signal', async () => {
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

  it('hides a publish from other users', async () => {
    host().api.publishVideo = async () => OUTCOME;
    const jobId = await started(host());
    host().user = 'victor';
    expect((await host().routes.publishEvents(get(`publish/events?jobId=${jobId}`))).status).toBe(404);
    expect((await host().routes.cancelPublish(post('publish/cancel', { jobId }))).status).toBe(404);
    expect((await host().routes.publishEvents(get('publish/events'))).status).toBe(400);
  });

  it('rejects unauthorized uploads before it reads a byte', async () => {
    const body = form({ privacyLevel: 'SELF_ONLY' });
    const refused = async (request: Request) => {
      const { status } = await host().routes.publish(request);
      expect(request.bodyUsed).toBe(false);
      return status;
    };
    expect(await refused(upload(body, { origin: 'https://evil.test' }))).toBe(403);
    expect(await refused(upload(body, {}, 'accountId=unknown'))).toBe(404);
    expect(await refused(upload(body, {}, ''))).toBe(400);
    host().user = 'victor';
    expect(await refused(upload(body))).toBe(403);
    host().user = null;
    expect(await refused(upload(body))).toBe(401);
  });

  it.each([
    ['no privacy level', form({}), {}, 400],
    ['an unknown privacy level', form({ privacyLevel: 'EVERYONE' }), {}, 400],
    ['a cover timestamp that is not a number', form({ privacyLevel: 'SELF_ONLY', coverTimestampMs: 'x' }), {}, 400],
    ['no file', form({ privacyLevel: 'SELF_ONLY' }, null), {}, 400],
    ['a field that is too long', form({ privacyLevel: 'SELF_ONLY', title: 'x'.repeat(70_000) }), {}, 413],
    ['a Content-Length that is too large', form({ privacyLevel: 'SELF_ONLY' }), { 'content-length': '11000001' }, 413],
    ['no Content-Length', form({ privacyLevel: 'SELF_ONLY' }), { 'content-length': '' }, 411],
    ['a body that is not a form', form({ privacyLevel: 'SELF_ONLY' }), { 'content-type': 'video/mp4' }, 400],
    ['no file size', form({ privacyLevel: 'SELF_ONLY', fileSize: '' }), {}, 411],
    ['a file that is too large', form({ privacyLevel: 'SELF_ONLY', fileSize: '10000001' }), {}, 413],
  ])('rejects %s and posts nothing', async (_name, body, headers, status) => {
    const response = await host().routes.publish(upload(body, headers));
    expect(response.status).toBe(status);
    expect(host().calls).toEqual([]);
  });

  it('fails an interrupted upload that is not continued', async () => {
    const ends: unknown[] = [];
    host().api.publishVideo = async (_account, input) => {
      await read(input).catch((error: unknown) => ends.push(error));
      throw new ToklinkError({ code: 'INVALID_INPUT', message: 'the stream failed' });
    };
    const body = form({ privacyLevel: 'SELF_ONLY' });
    const [short, cut] = [randomUUID(), randomUUID()];
    const query = (id: string) => `accountId=open-1&jobId=${id}`;
    const long = { 'content-length': String(body.byteLength + 1) };
    const answers = [
      await host().routes.publish(upload(body, long, query(short))),
      await host().routes.publish(upload(body.subarray(0, body.byteLength - 20), { 'content-length': String(body.byteLength) }, query(cut))),
    ];
    for (const answer of answers) {
      expect(answer.status).toBe(400);
      const offset = Number(answer.headers.get('upload-offset'));
      expect(await answer.json()).toMatchObject({ code: 'INCOMPLETE', offset });
    }
    host().clock.advance(60_000);
    const told = await events(await host().routes.publishEvents(get(`publish/events?jobId=${short}`)));
    expect(told).toMatchObject([['failure', { code: 'INCOMPLETE' }]]);
    await events(await host().routes.publishEvents(get(`publish/events?jobId=${cut}`)));
    expect(ends).toHaveLength(2);
  });

  it('explains that Next.js has truncated a body', async () => {
    host().api.publishVideo = async (_account, input) => {
      await read(input);
      return OUTCOME;
    };
    const whole = form({ privacyLevel: 'SELF_ONLY' }, Buffer.alloc(9_999_999));
    const declared = String(whole.byteLength);
    const cut = await host().routes.publish(upload(whole.subarray(0, 9_900_000), { 'content-length': declared }));
    const text = await errorOf(cut);
    expect(text).toContain("matcher: ['/((?!api/social/tiktok/publish|_next/static|_next/image).*)']");
    // The error must not suggest a larger buffer, because Next.js would keep whole videos in memory.
    expect(text).not.toContain('ClientMaxBodySize');
  });

  it('accepts the media type of a form in any case', async () => {
    host().api.publishVideo = async (_account, input) => (await read(input), OUTCOME);
    const body = form({ privacyLevel: 'SELF_ONLY' });
    const headers = { 'content-type': `Multipart/Form-Data; Boundary=${BOUNDARY}` };
    expect((await host().routes.publish(upload(body, headers))).status).toBe(202);
    for (const other of ['multipart/form-datax', 'text/multipart/form-data', 'multipart/form-data']) {
      const refused = await host().routes.publish(upload(body, { 'content-type': other }));
      expect([other, refused.status]).toEqual([other, 400]);
    }
    expect(host().errors).toEqual([]);
  });

  it.each([
    ['has no closing boundary', (body: Buffer) => body.subarray(0, -`--${BOUNDARY}--\r\n`.length)],
    ['ends in the middle of its closing boundary', (body: Buffer) => body.subarray(0, -5)],
  ])('explains that a form %s', async (_, cut) => {
    host().api.publishVideo = async (_account, input) => (await read(input), OUTCOME);
    for (const size of [10, 10 * 1024 * 1024 - 600]) {
      const response = await host().routes.publish(upload(cut(form({ privacyLevel: 'SELF_ONLY' }, Buffer.alloc(Math.min(size, 9_000_000))))));
      expect(response.status).toBe(400);
      const { code, error } = (await response.json()) as { code: string; error: string };
      expect(code).toBe('BAD_REQUEST');
      // Only the error for a truncated body contains the matcher for proxy.ts.
      expect(error).not.toContain('matcher:');
    }
  });

  it('rejects an invalid job id and a field after the file', async () => {
    host().api.publishVideo = async (_account, input) => {
      await read(input);
      return OUTCOME;
    };
    const named = await host().routes.publish(upload(form({ privacyLevel: 'SELF_ONLY' }), {}, 'accountId=open-1&jobId=x'));
    expect(named.status).toBe(400);
    const late = form({ privacyLevel: 'SELF_ONLY' }).toString().replace(`--${BOUNDARY}--`, `--${BOUNDARY}\r\ncontent-disposition: form-data; name="title"\r\n\r\nlate\r\n--${BOUNDARY}--`);
    const answer = await host().routes.publish(upload(Buffer.from(late)));
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ code: 'BAD_REQUEST', error: expect.stringContaining('title') });
  });
});
