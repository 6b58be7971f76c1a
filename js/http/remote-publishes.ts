import type { TikTokApi } from '../client-interface.js';
import { ToklinkError } from '../errors.js';
import type { JournaledPublish, PublishOutcome, PublishProgress } from '../types.js';
import type { Clock } from './clock.js';
import type { JobEvent, Named, Subscriber, Watched } from './job-types.js';
import { errorBody, HttpError } from './respond.js';
import type { Subscribers } from './subscribers.js';

/** The interval at which the journal is read for a publish, regardless of the number of pages that follow it. */
const LOOK_EVERY_MS = 1000;
/**
 * An attempt counts as dead when its row has not changed for this time. A live attempt updates its row every 20 s, and its lease
 * lasts 60 s.
 */
export const SILENT_AFTER_MS = 75_000;

type Finder = Pick<TikTokApi, 'findPublish' | 'resumePublish' | 'requestCancel'>;

/** The end of a publish: its outcome or an error. */
type End = { outcome: PublishOutcome } | { error: unknown };

/** A publish that another process runs. This process follows it by polling its row in the journal. */
class Followed implements Watched {
  last: JobEvent | null = null;
  readonly #listeners = new Set<(end: End | PublishProgress) => void>();
  #record: JournaledPublish | null = null;
  /** The time at which the record last changed. */
  #since: number;
  /** The first measurement, from which the byte rate is calculated. */
  #first: { bytes: number; at: number } | null = null;
  #pages = 0;
  #running = false;
  #ended = false;
  #disarm = (): void => {};

  constructor(
    private readonly name: string,
    private readonly named: Named,
    private readonly client: Finder,
    private readonly clock: Clock,
    private readonly subscribers: Subscribers,
    private readonly forget: () => void,
  ) {
    this.#since = clock.now();
  }

  subscribe(userId: string, subscriber: Subscriber): () => void {
    return this.#whileFollowed(() => this.subscribers.add(this.name, userId, subscriber));
  }

  /** Calls `listener` with each later event. Returns a function that removes the listener. */
  listen(listener: (event: End | PublishProgress) => void): () => void {
    return this.#whileFollowed(() => {
      this.#listeners.add(listener);
      return () => this.#listeners.delete(listener);
    });
  }

  /** Handles a journal record. `undefined` means that the journal could not be read. */
  see(record: JournaledPublish | null | undefined): void {
    const now = this.clock.now();
    const before = this.#record;
    if (record !== undefined) this.#record = record;
    if (record && record.updatedAt !== before?.updatedAt) this.#since = now;
    const silent = now - this.#since >= SILENT_AFTER_MS;
    if (record?.outcome) return this.#end({ outcome: record.outcome });
    // The other process closed its client, for example for a deployment; the post did not fail.
    if (record?.lastError?.code === 'CLOSED') return this.#afterSilence(record);
    // An attempt that restarts immediately clears the error, so an error only counts if it is still there at the next read.
    if (record?.lastError && record.updatedAt === before?.updatedAt) return this.#end({ error: new ToklinkError(record.lastError) });
    if (silent && !record?.lastError) return this.#afterSilence(this.#record);
    if (record && record.lastError === null) this.#progress(record, now);
  }

  #whileFollowed(enter: () => () => unknown): () => void {
    // Counted first, because adding the new page may remove an older page, and removing the last page stops the polling.
    this.#pages += 1;
    const leave = enter();
    if (!this.#running && !this.#ended) {
      this.#running = true;
      this.#lookLater();
    }
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      leave();
      this.#pages -= 1;
      if (this.#pages === 0) this.#stop();
    };
  }

  #lookLater(): void {
    this.#disarm = this.clock.after(LOOK_EVERY_MS, () => void this.#look());
  }

  async #look(): Promise<void> {
    // A failed read is retried after a second.
    const record = await this.client.findPublish(this.named.account, this.named.id).catch(() => undefined);
    if (!this.#running) return;
    this.see(record);
    if (this.#running) this.#lookLater();
  }

  #progress(record: JournaledPublish, now: number): void {
    const { acceptedBytes, totalBytes, publishId } = record;
    this.#first ??= { bytes: acceptedBytes, at: now };
    const sent = record.phase === 'PROCESSING' || record.phase === 'DONE';
    const rate = now > this.#first.at ? ((acceptedBytes - this.#first.bytes) * 1000) / (now - this.#first.at) : 0;
    const data: PublishProgress = {
      phase: sent ? 'processing' : record.phase === 'SENDING' || record.phase === 'LAST_CHUNK' ? 'sending' : 'probing',
      publishId,
      bytesSent: sent ? totalBytes : acceptedBytes,
      totalBytes,
      bytesPerSecond: sent ? 0 : Math.round(rate),
      remainingMs: sent ? 0 : rate > 0 ? Math.round(((totalBytes - acceptedBytes) * 1000) / rate) : null,
    };
    const last = this.last?.type === 'progress' ? this.last.data : null;
    if (last?.phase === data.phase && last.bytesSent === data.bytesSent) return;
    this.#tell({ type: 'progress', data });
    for (const listener of [...this.#listeners]) listener(data);
  }

  /**
   * Handles a dead attempt. A publish that needs no more bytes continues in this process. Any other publish continues when the
   * user sends the file again.
   */
  #afterSilence(record: JournaledPublish | null): void {
    if (record?.phase === 'FAILED') return this.#end({ error: failedWithoutAttempt(record) });
    if (record?.phase !== 'PROCESSING') return this.#end({ error: interrupted(record) });
    this.#running = false;
    const look = (): void => {
      // Another process is already working on the publish.
      this.#since = this.clock.now();
      if (this.#pages === 0 || this.#running) return;
      this.#running = true;
      this.#lookLater();
    };
    this.client.resumePublish(this.named.account, this.named.id).then(
      (outcome) => this.#end({ outcome }),
      (error: unknown) => (isTaken(error) ? look() : this.#end({ error })),
    );
  }

  #end(end: End): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#stop();
    this.#tell('outcome' in end ? { type: 'outcome', data: end.outcome } : { type: 'failure', data: errorBody(end.error) });
    for (const listener of [...this.#listeners]) listener(end);
  }

  #tell(event: JobEvent): void {
    this.last = event;
    this.subscribers.tell(this.name, event);
  }

  #stop(): void {
    this.#running = false;
    this.#disarm();
    this.forget();
  }
}

/** The publishes of other processes that pages follow through this process. All processes share one store. */
export class RemotePublishes {
  readonly #followed = new Map<string, Followed>();

  constructor(
    private readonly clock: Clock,
    private readonly subscribers: Subscribers,
  ) {}

  /** Returns a publish that this process already follows, so that another page causes no further journal reads. */
  known(named: Named): Watched | null {
    return this.#followed.get(nameOf(named)) ?? null;
  }

  /** Follows a publish, starting with `record`, until no page follows it any more. */
  follow(client: Finder, named: Named, record: JournaledPublish | null): Watched {
    const followed = this.#of(client, named);
    followed.see(record);
    return followed;
  }

  /** Resolves to the outcome of a publish that another process runs. Aborting `signal` asks that process to stop. */
  async outcome(client: Finder, named: Named, signal: AbortSignal, onProgress: (progress: PublishProgress) => void): Promise<PublishOutcome> {
    const followed = this.#of(client, named);
    const cancel = (): void => void client.requestCancel(named.account, named.id).catch(() => {});
    signal.addEventListener('abort', cancel, { once: true });
    if (signal.aborted) cancel();
    let leave = (): void => {};
    try {
      return await new Promise<PublishOutcome>((resolve, reject) => {
        leave = followed.listen((event) => {
          if ('outcome' in event) resolve(event.outcome);
          else if ('error' in event) reject(event.error as Error);
          else onProgress(event);
        });
      });
    } finally {
      leave();
      signal.removeEventListener('abort', cancel);
    }
  }

  /**
   * Stops an interrupted upload with the same id in another process, because this process now receives the file from its first
   * byte. Waits a few seconds for the upload to stop. Does not stop an upload whose last bytes TikTok may already have.
   */
  async stopUpload(client: Finder, named: Named): Promise<void> {
    for (let tries = 0; tries < 10; tries += 1) {
      const record = await client.findPublish(named.account, named.id).catch(() => null);
      const receives = record?.lastError === null && (record.phase === 'INTENT' || record.phase === 'SENDING');
      if (!receives) return;
      if (tries === 0) await client.requestCancel(named.account, named.id).catch(() => {});
      await new Promise<void>((resolve) => this.clock.after(LOOK_EVERY_MS / 2, resolve));
    }
  }

  #of(client: Finder, named: Named): Followed {
    const name = nameOf(named);
    let followed = this.#followed.get(name);
    if (followed === undefined) {
      followed = new Followed(name, named, client, this.clock, this.subscribers, () => {
        if (this.#followed.get(name) === followed) this.#followed.delete(name);
      });
      this.#followed.set(name, followed);
    }
    return followed;
  }
}

function nameOf({ id, account }: Named): string {
  return JSON.stringify([account.tenant, account.accountId, id]);
}

/** Returns true for the `CONFLICT` error that means another process is publishing with this idempotency key. */
export function isTaken(error: unknown): boolean {
  return ToklinkError.is(error) && error.code === 'CONFLICT' && error.retryAfterMs !== null && !error.mayHaveBeenSent;
}

function interrupted(record: JournaledPublish | null): HttpError {
  const unclear = record !== null && record.totalBytes === 0;
  const words = unclear
    ? 'The server that sent this post stopped. TikTok may have the post: look for it there before you send it again.'
    : 'The server that sent this post stopped. Send it again: it continues where it stopped, and is posted only once.';
  return new HttpError(503, 'INTERRUPTED', words);
}

function failedWithoutAttempt({ failReason, publishId, idempotencyKey }: JournaledPublish): ToklinkError {
  const message = failReason === null ? 'the post failed before TikTok received all of it; send it again' : `TikTok did not publish the post (${failReason})`;
  return new ToklinkError({ code: 'REJECTED', message, failReason, publishId, idempotencyKey, owner: 'user' });
}
