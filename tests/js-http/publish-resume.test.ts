import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { ToklinkError } from '../../js/errors.js';
import type { PublishOptions, PublishOutcome } from '../../js/types.js';
import { get, type Host, post, withHost } from './host.js';
import { FORM, resumeHeaders, Sender, VIDEO } from './sender.js';
import { events, read, upload } from './uploads.js';

const OUTCOME = { publishId: 'v_pub_1', status: 'PUBLISH_COMPLETE', postId: null } as PublishOutcome;

interface Offset {
  jobId: string;
  offset: number;
  size: number;
  state: string;
}

function rest(id: string, offset: number, bytes = VIDEO.subarray(offset), headers: Record<string, string> = {}): Request {
  return new Request(`http://internal/api/social/tiktok/publish?jobId=${id}`, {
    method: 'PATCH',
    headers: { ...resumeHeaders(offset, bytes.byteLength), ...headers },
    body: new Uint8Array(bytes),
  });
}

async function offsetOf(host: Host, id: string): Promise<Offset> {
  return (await (await host.routes.publishOffset(get(`publish?jobId=${id}`))).json()) as Offset;
}

/** Starts an upload that is interrupted after about `bytes` bytes of its body. */
async function brokenOff(host: Host, bytes = 400_000): Promise<{ id: string; offset: number }> {
  const id = randomUUID();
  const sender = Sender.form(id);
  const answer = host.routes.publish(sender.request);
  await sender.send(FORM.subarray(0, bytes));
  sender.leave();
  expect((await answer).status).toBe(400);
  return { id, offset: (await offsetOf(host, id)).offset };
}

/** Makes the host read all bytes. `bytes` returns them once the upload is complete. */
function publishing(host: Host): { bytes: () => Buffer | null } {
  let seen: Buffer | null = null;
  host.api.publishVideo = async (_account, input, options?: PublishOptions) => {
    const cancelled = new Promise<never>((_resolve, reject) => {
      const stop = () => reject(new ToklinkError({ code: 'CANCELLED', message: 'cancelled' }));
      options?.signal?.addEventListener('abort', stop);
    });
    cancelled.catch(() => {});
    seen = (await Promise.race([read(input), cancelled])).bytes;
    return OUTCOME;
  };
  return { bytes: () => seen };
}

const outcome = async (host: Host, id: string) => events(await host.routes.publishEvents(get(`publish/events?jobId=${id}`)));

describe('resuming an upload', () => {
  const host = withHost();

  it('continues after the last byte and posts the bytes once', async () => {
    const { bytes } = publishing(host());
    const { id, offset } = await brokenOff(host());
    expect(offset).toBeGreaterThan(300_000);
    expect(await offsetOf(host(), id)).toEqual({ jobId: id, offset, size: VIDEO.byteLength, state: 'receiving' });
    const response = await host().routes.resumePublish(rest(id, offset));
    expect([response.status, await response.json()]).toEqual([202, { jobId: id }]);
    expect(await outcome(host(), id)).toEqual([['outcome', OUTCOME]]);
    expect(bytes()?.equals(VIDEO)).toBe(true);
    expect(host().called('publishVideo')).toHaveLength(1);
    expect(host().flows.map(({ step }) => step)).toEqual(['started', 'finished']);
  });

  it('continues after several interruptions', async () => {
    const { bytes } = publishing(host());
    const { id, offset } = await brokenOff(host(), 100_000);
    const second = Sender.rest(id, offset);
    const answer = host().routes.resumePublish(second.request);
    await second.send(VIDEO.subarray(offset));
    second.leave();
    expect(await (await answer).json()).toMatchObject({ code: 'INCOMPLETE', offset: VIDEO.byteLength });
    expect(await offsetOf(host(), id)).toMatchObject({ offset: VIDEO.byteLength, state: 'receiving' });
    const empty = new Request(`http://internal/publish?jobId=${id}`, { method: 'PATCH', headers: resumeHeaders(VIDEO.byteLength, 0) });
    expect((await host().routes.resumePublish(empty)).status).toBe(202);
    await outcome(host(), id);
    expect(bytes()?.equals(VIDEO)).toBe(true);
  });

  it('reports the offset in the headers of the IETF draft', async () => {
    publishing(host());
    const { id, offset } = await brokenOff(host());
    const paused = await host().routes.publishOffset(get(`publish?jobId=${id}`));
    expect([paused.headers.get('upload-offset'), paused.headers.get('upload-complete')]).toEqual([String(offset), '?0']);
    await host().routes.resumePublish(rest(id, offset));
    const complete = await host().routes.publishOffset(get(`publish?jobId=${id}`));
    expect([complete.headers.get('upload-offset'), complete.headers.get('upload-complete')]).toEqual(['600000', '?1']);
  });

  it('replaces a request whose connection was lost unnoticed', async () => {
    const { bytes } = publishing(host());
    const id = randomUUID();
    const dead = Sender.form(id);
    const unheard = host().routes.publish(dead.request);
    await dead.send(FORM.subarray(0, 200_000));
    const { offset } = await offsetOf(host(), id);
    expect((await host().routes.resumePublish(rest(id, offset))).status).toBe(202);
    const late = await unheard;
    expect([late.status, late.headers.get('connection')]).toEqual([409, 'close']);
    await outcome(host(), id);
    expect(bytes()?.equals(VIDEO)).toBe(true);
  });

  it('accepts no bytes from a replaced request', async () => {
    const { bytes } = publishing(host());
    const id = randomUUID();
    const dead = Sender.form(id);
    const unheard = host().routes.publish(dead.request);
    await dead.send(FORM.subarray(0, 200_000));
    const { offset } = await offsetOf(host(), id);
    const live = Sender.rest(id, offset);
    const answer = host().routes.resumePublish(live.request);
    await dead.send(FORM.subarray(200_000, 300_000));
    await live.send(VIDEO.subarray(offset));
    live.end();
    expect((await answer).status).toBe(202);
    await unheard;
    await outcome(host(), id);
    expect(bytes()?.equals(VIDEO)).toBe(true);
  });

  it('restarts while the first request still seems to be active', async () => {
    const { bytes } = publishing(host());
    const id = randomUUID();
    const dead = Sender.form(id);
    const unheard = host().routes.publish(dead.request);
    await dead.send(FORM.subarray(0, 200_000));
    const following = await host().routes.publishEvents(get(`publish/events?jobId=${id}`));
    expect((await host().routes.publish(upload(FORM, {}, `accountId=open-1&jobId=${id}`))).status).toBe(202);
    expect((await unheard).status).toBe(409);
    // A page that followed the first attempt follows the second one too.
    expect(await events(following)).toEqual([['outcome', OUTCOME]]);
    expect(bytes()?.equals(VIDEO)).toBe(true);
  });

  it('restarts after the first request has ended', async () => {
    const { bytes } = publishing(host());
    const { id } = await brokenOff(host());
    const again = await host().routes.publish(upload(FORM, {}, `accountId=open-1&jobId=${id}`));
    expect(again.status).toBe(202);
    await outcome(host(), id);
    expect(bytes()?.equals(VIDEO)).toBe(true);
    expect(host().called('publishVideo')).toHaveLength(2);
  });

  it('fails 60 s after the interruption and releases its slot', async () => {
    publishing(host());
    const { id, offset } = await brokenOff(host());
    host().clock.advance(59_000);
    expect(await offsetOf(host(), id)).toMatchObject({ state: 'receiving' });
    host().clock.advance(1_000);
    expect(await outcome(host(), id)).toMatchObject([['failure', { code: 'INCOMPLETE' }]]);
    const late = await host().routes.resumePublish(rest(id, offset));
    expect([late.status, await late.json()]).toMatchObject([409, { code: 'ENDED' }]);
    for (let slot = 0; slot < 2; slot += 1) {
      const next = randomUUID();
      expect((await host().routes.publish(upload(FORM, {}, `accountId=open-1&jobId=${next}`))).status).toBe(202);
      await outcome(host(), next);
    }
    expect(host().clock.waiting).toBe(0);
  });

  it('ends at once when an interrupted upload is cancelled', async () => {
    publishing(host());
    const { id, offset } = await brokenOff(host());
    expect((await host().routes.cancelPublish(post('publish/cancel', { jobId: id }))).status).toBe(202);
    expect(await outcome(host(), id)).toMatchObject([['failure', { code: 'CANCELLED' }]]);
    const late = await host().routes.resumePublish(rest(id, offset));
    expect([late.status, await late.json()]).toMatchObject([409, { code: 'ENDED' }]);
    expect(await offsetOf(host(), id)).toMatchObject({ state: 'ended' });
  });

  it.each([
    ['a byte too early', -1],
    ['a byte too late', 1],
    ['the first byte', Number.NEGATIVE_INFINITY],
  ])('responds with 409 and the correct offset to %s', async (_where, by) => {
    publishing(host());
    const { id, offset } = await brokenOff(host());
    const wrong = Math.max(0, offset + by);
    const response = await host().routes.resumePublish(rest(id, wrong));
    expect([response.status, await response.json()]).toMatchObject([409, { code: 'OFFSET', offset }]);
    expect(response.headers.get('upload-offset')).toBe(String(offset));
    expect((await host().routes.resumePublish(rest(id, offset))).status).toBe(202);
  });

  it.each([
    ['beyond the end', (offset: number) => Buffer.concat([VIDEO.subarray(offset), Buffer.from('x')])],
    ['short of the end', (offset: number) => VIDEO.subarray(offset, -1)],
  ])('responds with 416 to a range that ends %s', async (_where, bytes) => {
    publishing(host());
    const { id, offset } = await brokenOff(host());
    const response = await host().routes.resumePublish(rest(id, offset, bytes(offset)));
    expect([response.status, await response.json()]).toMatchObject([416, { code: 'OFFSET', offset }]);
    expect((await host().routes.resumePublish(rest(id, offset))).status).toBe(202);
  });

  it('responds with 416 to an offset beyond the end', async () => {
    publishing(host());
    const { id } = await brokenOff(host());
    const response = await host().routes.resumePublish(rest(id, VIDEO.byteLength + 1, Buffer.from('x')));
    expect(response.status).toBe(416);
  });

  it.each([
    ['no Upload-Offset', { 'upload-offset': '' }, 400],
    ['a negative offset', { 'upload-offset': '-1' }, 400],
    ['no Content-Length', { 'content-length': '' }, 411],
    ['another origin', { origin: 'https://evil.test' }, 403],
  ])('rejects a request with %s', async (_what, headers: Record<string, string>, status) => {
    publishing(host());
    const { id, offset } = await brokenOff(host());
    expect((await host().routes.resumePublish(rest(id, offset, undefined, headers))).status).toBe(status);
    expect((await host().routes.resumePublish(rest(id, offset))).status).toBe(202);
  });

  it('hides an upload from other users', async () => {
    publishing(host());
    const { id, offset } = await brokenOff(host());
    host().user = 'victor';
    expect((await host().routes.publishOffset(get(`publish?jobId=${id}`))).status).toBe(404);
    expect((await host().routes.resumePublish(rest(id, offset))).status).toBe(404);
    host().user = null;
    expect((await host().routes.publishOffset(get(`publish?jobId=${id}`))).status).toBe(401);
    expect((await host().routes.resumePublish(rest(id, offset))).status).toBe(401);
    host().user = 'olivia';
    expect((await host().routes.resumePublish(rest(randomUUID(), 0))).status).toBe(404);
    expect((await host().routes.publishOffset(get('publish'))).status).toBe(400);
    delete host().roles['olivia ws1'];
    expect((await host().routes.resumePublish(rest(id, offset))).status).toBe(403);
    expect((await host().routes.publishOffset(get(`publish?jobId=${id}`))).status).toBe(403);
    host().roles['olivia ws1'] = 'OWNER';
    expect((await host().routes.resumePublish(rest(id, offset))).status).toBe(202);
  });

  it('reports a complete upload, but no upload for photos', async () => {
    publishing(host());
    host().api.publishPhotos = () => new Promise(() => {});
    const photos = randomUUID();
    const body = { photoUrls: ['https://media.example.test/1.jpg'], privacyLevel: 'SELF_ONLY' };
    await host().routes.publishPhotos(post(`publish/photos?accountId=open-1&jobId=${photos}`, body));
    expect((await host().routes.publishOffset(get(`publish?jobId=${photos}`))).status).toBe(404);
    const { id, offset } = await brokenOff(host());
    await host().routes.resumePublish(rest(id, offset));
    const again = await host().routes.resumePublish(rest(id, offset));
    expect([again.status, await again.json()]).toMatchObject([409, { code: 'ENDED' }]);
  });
});

describe('the minimumRate of an upload', () => {
  const host = withHost();

  it('limits an upload whose earlier request was replaced', async () => {
    publishing(host());
    const id = randomUUID();
    const dead = Sender.form(id);
    const unheard = host().routes.publish(dead.request);
    await dead.send(FORM.subarray(0, 200_000));
    const wrong = await host().routes.resumePublish(rest(id, 0));
    expect(wrong.status).toBe(409);
    await unheard;
    for (let turn = 0; turn < 20; turn += 1) await setImmediate();
    expect(host().clock.waiting).toBe(1);
    host().clock.advance(60_000);
    expect(await outcome(host(), id)).toMatchObject([['failure', { code: 'INCOMPLETE' }]]);
  });

  it('limits the request that replaced an earlier one', async () => {
    publishing(host());
    const id = randomUUID();
    const dead = Sender.form(id);
    const unheard = host().routes.publish(dead.request);
    await dead.send(FORM.subarray(0, 200_000));
    const { offset } = await offsetOf(host(), id);
    const idle = host().routes.resumePublish(Sender.rest(id, offset).request);
    await unheard;
    for (let turn = 0; turn < 20; turn += 1) await setImmediate();
    host().clock.advance(60_000);
    expect((await idle).status).toBe(408);
  });

  it('ends a client that sends one byte every 20 s', async () => {
    publishing(host());
    const id = randomUUID();
    const sender = Sender.form(id);
    const answer = host().routes.publish(sender.request);
    await sender.send(FORM.subarray(0, 1_000));
    let bytes = 0;
    for (; bytes < 3; bytes += 1) {
      host().clock.advance(20_000);
      await sender.send(FORM.subarray(1_000 + bytes, 1_001 + bytes));
    }
    host().clock.advance(1_000);
    const response = await answer;
    expect([response.status, await response.json()]).toMatchObject([408, { code: 'SLOW' }]);
    expect(response.headers.get('connection')).toBe('close');
    expect(await outcome(host(), id)).toMatchObject([['failure', { code: 'SLOW' }]]);
    expect(host().clock.waiting).toBe(0);
  });

  it('ends a client that never reaches its file', async () => {
    const answer = host().routes.publish(Sender.form(randomUUID()).request);
    await setImmediate();
    host().clock.advance(60_000);
    expect((await answer).status).toBe(408);
    expect(host().calls).toEqual([]);
  });

  it('ends a client that reconnects without sending bytes', async () => {
    publishing(host());
    const { id, offset } = await brokenOff(host());
    for (let sent = 0; sent < 3; sent += 1) {
      host().clock.advance(15_000);
      const sender = Sender.rest(id, offset + sent);
      const answer = host().routes.resumePublish(sender.request);
      await sender.send(VIDEO.subarray(offset + sent, offset + sent + 1));
      sender.leave();
      await answer;
    }
    host().clock.advance(16_000);
    expect(await outcome(host(), id)).toMatchObject([['failure', { code: 'INCOMPLETE' }]]);
  });

  it('accepts a client that is slow but above the minimum rate', async () => {
    const { bytes } = publishing(host());
    const id = randomUUID();
    const sender = Sender.form(id);
    const answer = host().routes.publish(sender.request);
    // The client sends 20 kB a second for half a minute.
    for (let sent = 0; sent < FORM.byteLength; sent += 20_000) {
      host().clock.advance(1_000);
      await sender.send(FORM.subarray(sent, sent + 20_000));
    }
    sender.end();
    expect((await answer).status).toBe(202);
    await outcome(host(), id);
    expect(bytes()?.equals(VIDEO)).toBe(true);
  });

  it('does not count the time that TikTok needs', async () => {
    let readNow = (): void => {};
    const wait = new Promise<void>((resolve) => (readNow = resolve));
    host().api.publishVideo = async (_account, input) => {
      await wait;
      await read(input);
      return OUTCOME;
    };
    const id = randomUUID();
    const sender = Sender.form(id);
    const answer = host().routes.publish(sender.request);
    for (let sent = 0; sent < FORM.byteLength; sent += 20_000) await sender.send(FORM.subarray(sent, sent + 20_000));
    sender.end();
    host().clock.advance(3_600_000);
    readNow();
    expect((await answer).status).toBe(202);
    expect(await outcome(host(), id)).toEqual([['outcome', OUTCOME]]);
  });
});
