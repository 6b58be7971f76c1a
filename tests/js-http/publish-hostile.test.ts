import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { PublishOutcome } from '../../js/types.js';
import { get, type Host, withHost } from './host.js';
import { FORM, Sender, VIDEO } from './sender.js';
import { BOUNDARY, events, form, read, upload } from './uploads.js';

const OUTCOME = { publishId: 'v_pub_1', status: 'PUBLISH_COMPLETE', postId: null } as PublishOutcome;

const turns = async () => {
  for (let turn = 0; turn < 20; turn += 1) await setImmediate();
};

/** Makes every publish of the host wait until the test lets it read its file. */
function readingLater(host: Host): () => void {
  let start = (): void => {};
  const wait = new Promise<void>((resolve) => (start = resolve));
  host.api.publishVideo = async (_account, input) => {
    await wait;
    await read(input);
    return OUTCOME;
  };
  return start;
}

async function offsetOf(host: Host, id: string): Promise<{ offset: number; state: string }> {
  const answer = await host.routes.publishOffset(get(`publish?jobId=${id}`));
  return (await answer.json()) as { offset: number; state: string };
}

describe('the slot of a hostile upload', () => {
  const host = withHost();

  const part = (name: string, value: string) => `--${BOUNDARY}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
  const nameless = `--${BOUNDARY}\r\ncontent-disposition: form-data; name="file"; filename=""\r\ncontent-type: application/octet-stream\r\n\r\n`;
  const BIG = Buffer.alloc(8_000_000, 'x');

  it.each([
    ['an invalid field', FORM.toString('latin1').replace('SELF_ONLY', 'EVERYONE!')],
    ['a field that is too long', `${part('title', 'x'.repeat(70_000))}${FORM.toString('latin1')}`],
  ])('releases the upload slot when a form is rejected for %s', async (_what, start) => {
    readingLater(host())();
    const body = Buffer.concat([Buffer.from(start, 'latin1'), BIG]);
    const senders = [Sender.form(randomUUID(), body), Sender.form(randomUUID(), body)];
    const answers = senders.map((sender) => host().routes.publish(sender.request));
    for (const sender of senders) await sender.send(body.subarray(0, 200_000));
    const honest = await host().routes.publish(upload(form({ privacyLevel: 'SELF_ONLY' })));
    expect(honest.status).toBe(202);
    for (const sender of senders) sender.leave();
    await Promise.all(answers);
  });

  it.each([
    ['a field that never ends', part('title', '').slice(0, -2)],
    ['a file without a name', nameless],
    ['a preamble that never ends', ''],
  ])('releases the upload slot when a form has no file: %s', async (_what, start) => {
    const body = Buffer.concat([Buffer.from(start), BIG]);
    const sender = Sender.form(randomUUID(), body);
    const answer = host().routes.publish(sender.request);
    let answered = false;
    void answer.then(() => (answered = true));
    for (let at = 0; at < 1_300_000; at += 100_000) await sender.send(body.subarray(at, at + 100_000));
    expect(answered).toBe(true);
    const response = await answer;
    expect([response.status, response.headers.get('connection'), await response.json()]).toMatchObject([413, 'close', { code: 'TOO_LARGE' }]);
    expect(host().clock.waiting).toBe(0);
  });
});

describe('a client that disconnects after its form was rejected', () => {
  const host = withHost();

  it.each([
    ['an invalid field', FORM.toString('latin1').replace('SELF_ONLY', 'EVERYONE!')],
    ['a file without a name', FORM.toString('latin1').replace('filename="a.mp4"', 'filename=""\r\ncontent-type: application/octet-stream')],
  ])('a disconnect does not crash the process after %s', async (_what, text) => {
    const faults: unknown[] = [];
    const uncaught = (fault: unknown) => faults.push(fault);
    process.on('uncaughtException', uncaught);
    const body = Buffer.from(text, 'latin1');
    const sender = Sender.form(randomUUID(), body);
    const answer = host().routes.publish(sender.request);
    await sender.send(body.subarray(0, 200_000));
    sender.leave();
    expect((await answer).status).toBe(400);
    await turns();
    process.off('uncaughtException', uncaught);
    expect(faults).toEqual([]);
  });
});

describe('a replaced upload request', () => {
  const host = withHost();

  it('a replaced request does not stop the timer of the next one', async () => {
    const readNow = readingLater(host());
    const id = randomUUID();
    const dead = Sender.form(id);
    const unheard = host().routes.publish(dead.request);
    await dead.send(FORM.subarray(0, 1_000));
    dead.leave();
    await unheard;
    const { offset } = await offsetOf(host(), id);
    const earlier = Sender.rest(id, offset);
    const replaced = host().routes.resumePublish(earlier.request);
    // These are more bytes than the stream buffers, so the request waits for TikTok.
    await earlier.send(VIDEO.subarray(offset, offset + 200_000));
    const idle = host().routes.resumePublish(Sender.rest(id, (await offsetOf(host(), id)).offset).request);
    await turns();
    readNow();
    await replaced;
    await turns();
    host().clock.advance(60_000);
    expect((await idle).status).toBe(408);
  });
});

describe('an upload that is interrupted after its file', () => {
  const host = withHost();

  it('an upload can continue before TikTok has the whole file', async () => {
    const readNow = readingLater(host());
    const id = randomUUID();
    const video = VIDEO.subarray(0, 120_000);
    const body = form({ privacyLevel: 'SELF_ONLY' }, video);
    const sender = Sender.form(id, body);
    const answer = host().routes.publish(sender.request);
    await sender.send(body.subarray(0, 100_000));
    // The last four bytes terminate the form.
    await sender.send(body.subarray(100_000, -4));
    sender.leave();
    expect(await (await answer).json()).toMatchObject({ code: 'INCOMPLETE' });
    readNow();
    await turns();
    const { offset, state } = await offsetOf(host(), id);
    expect(state).toBe('receiving');
    expect(offset).toBeLessThan(video.byteLength);
    const rest = Sender.rest(id, offset, video.byteLength - offset);
    const resumed = host().routes.resumePublish(rest.request);
    await rest.send(video.subarray(offset));
    rest.end();
    expect((await resumed).status).toBe(202);
    expect(await events(await host().routes.publishEvents(get(`publish/events?jobId=${id}`)))).toEqual([['outcome', OUTCOME]]);
  });
});

describe('a post that is sent again with its job id', () => {
  const host = withHost();

  it('hides the failure of the earlier attempt', async () => {
    readingLater(host())();
    const id = randomUUID();
    const first = Sender.form(id);
    const failed = host().routes.publish(first.request);
    await first.send(FORM.subarray(0, 100_000));
    first.leave();
    await failed;
    host().clock.advance(60_000);
    const before = await events(await host().routes.publishEvents(get(`publish/events?jobId=${id}`)));
    expect(before).toMatchObject([['failure', { code: 'INCOMPLETE' }]]);
    const again = Sender.form(id);
    const answer = host().routes.publish(again.request);
    // These bytes end before the form's file.
    await again.send(FORM.subarray(0, 50));
    expect((await host().routes.publishEvents(get(`publish/events?jobId=${id}`))).status).toBe(404);
    await again.send(FORM.subarray(50));
    again.end();
    expect((await answer).status).toBe(202);
    expect(await events(await host().routes.publishEvents(get(`publish/events?jobId=${id}`)))).toEqual([['outcome', OUTCOME]]);
  });
});
