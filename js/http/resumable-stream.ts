import { PassThrough } from 'node:stream';
import { once } from 'node:events';
import type { Feed } from './feed.js';
import { GRACE_MS, type MinimumRate } from './minimum-rate.js';
import { HttpError } from './respond.js';

/**
 * The incoming file of one publish job, received in one or more requests. When a request is interrupted, the stream stays open
 * until the next request continues at `offset`, or until the credit of the upload's minimum rate is used up.
 */
export class ResumableStream {
  /** The stream that toklink reads. It ends only when the complete file has arrived with the declared size. */
  readonly stream = new PassThrough();
  /** The reason why the file cannot be completed; `null` while it still can. */
  failure: HttpError | null = null;
  /** True when the same upload restarts from its first byte as another job. */
  abandoned = false;
  #offset = 0;
  #complete = false;
  #feed: Feed | null = null;

  constructor(
    readonly sizeBytes: number,
    readonly minimumRate: MinimumRate,
  ) {
    // Ignored here, because the user receives the error with the job's outcome.
    this.stream.on('error', () => {});
  }

  /** Returns the number of bytes of the file that have arrived. */
  get offset(): number {
    return this.#offset;
  }

  /** True when the whole file has arrived. */
  get complete(): boolean {
    return this.#complete;
  }

  /** Reads from `feed` from now on. Ends the previous request, whose connection may have died unnoticed. */
  attach(feed: Feed): void {
    this.#feed?.stop(replaced());
    this.#feed = feed;
    this.minimumRate.rest();
  }

  /** Returns true if `feed` is the current request. */
  takesFrom(feed: Feed): boolean {
    return this.#feed === feed;
  }

  /** Passes bytes on at the rate at which TikTok accepts them. Discards bytes after the stream has ended. */
  async take(feed: Feed, chunk: Uint8Array): Promise<void> {
    if (!this.takesFrom(feed)) throw feed.stopped ?? this.interrupted();
    if (this.stream.destroyed) return;
    if (this.#offset + chunk.byteLength > this.sizeBytes) {
      throw new HttpError(400, 'BAD_REQUEST', `The file is longer than the declared fileSize of ${this.sizeBytes} bytes, so nothing was posted.`);
    }
    this.#offset += chunk.byteLength;
    if (this.stream.write(chunk)) return;
    const either = new AbortController();
    const wanted = (event: string) => once(this.stream, event, { signal: either.signal }).catch(() => {});
    await Promise.race([wanted('drain'), wanted('close')]);
    either.abort();
  }

  /** Ends the stream after a request that was received completely. toklink rejects a file that is shorter than declared. */
  finish(feed: Feed): void {
    if (this.#feed !== feed) return;
    this.#feed = null;
    this.#complete = true;
    this.minimumRate.rest();
    if (!this.stream.destroyed) this.stream.end();
  }

  /** Waits for a request that continues the file, until the minimum rate's credit is used up. */
  pause(feed: Feed): void {
    if (this.#feed !== feed) return;
    this.#feed = null;
    if (this.stream.destroyed) return;
    this.minimumRate.wait(() => this.fail(this.#expired()));
  }

  /** Ends the stream because the same upload restarts from its first byte. */
  abandon(): void {
    this.abandoned = true;
    this.#feed?.stop(replaced());
    this.fail(new HttpError(409, 'INCOMPLETE', 'The upload was restarted from the first byte.'));
  }

  /** Ends the stream with an error, so that the file is not posted. */
  fail(reason: HttpError): void {
    this.failure ??= reason;
    this.#feed = null;
    this.minimumRate.rest();
    this.stream.destroy(this.failure);
  }

  /** Returns the response to a request that was interrupted. */
  interrupted(): HttpError {
    const words = `The upload stopped after ${this.#offset} of ${this.sizeBytes} bytes. Continue at byte ${this.#offset}, or send the file again.`;
    return new HttpError(400, 'INCOMPLETE', words, { offset: this.#offset });
  }

  #expired(): HttpError {
    const seconds = GRACE_MS / 1000;
    const words = `The upload stopped after ${this.#offset} of ${this.sizeBytes} bytes and did not continue within ${seconds} s, so nothing was posted. Send it again.`;
    return new HttpError(400, 'INCOMPLETE', words);
  }
}

/** Returns the response to a request that a newer request of the same upload has replaced. */
function replaced(): HttpError {
  return new HttpError(409, 'BUSY', 'Another request is continuing this upload.', { closing: true });
}
