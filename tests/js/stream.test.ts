import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Client } from '../../js/index.js';
import type { Account } from '../../js/index.js';
import { connect, options, withEmulator, writeVideo } from './connected.js';

const { emulator, folder } = withEmulator();
const SIZE = 12_000_000;
let client: Client;
let account: Account;
let file: string;
let sha256: string;

beforeEach(async () => {
  client = new Client(options(emulator()));
  account = await connect(client, emulator());
  file = join(folder(), 'clip.mp4');
  ({ sha256 } = await writeVideo(file, SIZE));
});
afterEach(() => client.close());

describe('publishVideo with a source', () => {
  it('posts the bytes of an array, a Blob and each stream type', async () => {
    const bytes = await readFile(file);
    const sources = [
      () => new Uint8Array(bytes),
      () => new Blob([bytes]),
      () => ({ stream: createReadStream(file), size: SIZE }),
      () => ({ stream: new Blob([bytes]).stream(), size: SIZE }),
    ];
    for (const source of sources) {
      await client.publishVideo(account, { source: source(), privacyLevel: 'SELF_ONLY' });
    }
    expect((await emulator().posts()).map((post) => post.sha256)).toEqual(sources.map(() => sha256));
  });

  it('sends a lost chunk of a stream again', async () => {
    await emulator().faults({ endpoint: 'upload', nth: 2, status: 503 });
    await client.publishVideo(account, { source: { stream: createReadStream(file), size: SIZE }, privacyLevel: 'SELF_ONLY' });
    expect((await emulator().posts())[0]).toMatchObject({ sha256 });
  });

  it('does not block the event loop on empty chunks', async () => {
    const bytes = await readFile(file);
    let turned = false;
    let empties = 0;
    const stream = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (empties === 9) setImmediate(() => (turned = true));
        if (!turned && empties++ < 100_000) return controller.enqueue(new Uint8Array(0));
        controller.enqueue(new Uint8Array(bytes));
        controller.close();
      },
    });
    await client.publishVideo(account, { source: { stream, size: SIZE }, privacyLevel: 'SELF_ONLY' });
    expect(empties).toBeLessThan(100_000);
    expect((await emulator().posts())[0]).toMatchObject({ sha256 });
  });

  it('rejects a failing stream and a wrong size', async () => {
    const bytes = await readFile(file);
    const gone = new Error('the disk is gone');
    const failing = Readable.from((async function* () { yield bytes.subarray(0, 7_000_000); throw gone; })());
    const post = (stream: Readable, size: number) =>
      client.publishVideo(account, { source: { stream, size }, privacyLevel: 'SELF_ONLY' });
    await expect(post(failing, SIZE)).rejects.toMatchObject({ code: 'INVALID_INPUT', owner: 'app', cause: gone });
    await expect(post(createReadStream(file), SIZE + 1)).rejects.toMatchObject({ code: 'INVALID_INPUT', reason: 'STREAM_LENGTH_MISMATCH', message: expect.stringContaining('12000000') as string });
    await expect(post(createReadStream(file), SIZE - 1)).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    await expect(post(createReadStream(file), 1.5)).rejects.toMatchObject({ code: 'INVALID_INPUT' });
  });

  it('rejects an invalid stream and a locked stream', async () => {
    const post = (source: unknown) => client.publishVideo(account, { source: source as never, privacyLevel: 'SELF_ONLY' });
    const read = new Blob(['x']).stream();
    read.getReader();
    for (const source of [{ stream: 'clip.mp4', size: 10 }, {}, { stream: read, size: 1 }]) {
      await expect(post(source)).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    }
    const texts = post({ stream: Readable.from(['text', 'text']), size: 8 });
    await expect(texts).rejects.toMatchObject({ code: 'INVALID_INPUT', cause: expect.any(Error) as Error });
    expect(await emulator().posts()).toEqual([]);
  });

  it('reads on demand and destroys the stream on cancel', async () => {
    const stop = new AbortController();
    let given = 0;
    const bytes = await readFile(file);
    const stream = new Readable({
      highWaterMark: 64 * 1024,
      read() {
        if (given >= 8_000_000) return void stop.abort();
        this.push(bytes.subarray(given, (given += 64 * 1024)));
      },
    });
    const posting = client.publishVideo(
      account,
      { source: { stream, size: SIZE }, privacyLevel: 'SELF_ONLY' },
      { signal: stop.signal },
    );
    await expect(posting).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(stream.destroyed).toBe(true);
  });
});
