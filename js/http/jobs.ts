import { setImmediate } from 'node:timers';
import { ToklinkError } from '../errors.js';
import type { PublishOutcome, PublishPhase, PublishProgress } from '../types.js';
import { SYSTEM_CLOCK, type Clock } from './clock.js';
import { RemotePublishes } from './remote-publishes.js';
import type { JobEvent, Named, Watched } from './job-types.js';
import type { ResumableStream } from './resumable-stream.js';
import type { TikTokRouteOptions } from './options.js';
import { errorBody, HttpError } from './respond.js';
import { ConcurrencyLimits, type Limits } from './concurrency-limits.js';
import { Subscribers } from './subscribers.js';

const DEFAULT_RUNNING = 8;
/** The maximum numbers of unfinished jobs. Most of them wait for TikTok, which uses little memory but requires status queries. */
const UNFINISHED: Limits = { all: 512, workspace: 128, user: 32 };
/** The number of finished publishes whose outcome is kept for pages that reconnect. */
const KEPT_ENDED = 200;
/** The phases that start after TikTok has received all bytes. */
const SENT: ReadonlySet<PublishPhase> = new Set<PublishPhase>(['processing', 'moderating', 'published']);

/** A running or finished publish. It continues when the browser disconnects. */
export interface PublishJob extends Named, Watched {
  /** The incoming file; `null` for photos, which TikTok fetches. */
  fileStream: ResumableStream | null;
  /** Resolves when the job has ended, to its error or to `null`. */
  ended: Promise<unknown>;
  cancel: () => void;
}

export type RunPublish = (
  signal: AbortSignal,
  onProgress: (progress: PublishProgress) => void,
) => Promise<PublishOutcome>;

/** The job's slots in the concurrency limits. */
export interface JobSlots {
  /** Releases the upload slot. Called once TikTok has all bytes. */
  sent: () => void;
  /** Releases all slots. */
  leave: () => void;
}

/** Returns true when the job has an outcome or an error. */
export function isEnded(job: PublishJob): boolean {
  return job.last !== null && job.last.type !== 'progress';
}

/** The publishes of this process. Limits the numbers of running uploads, unfinished jobs and kept outcomes. */
export class PublishJobs {
  readonly #jobs = new Map<string, PublishJob>();
  readonly #uploads = new ConcurrencyLimits('being uploaded');
  readonly #unfinished = new ConcurrencyLimits('waiting for TikTok');
  readonly #subscribers = new Subscribers();
  /** The publishes of other processes. */
  readonly remote: RemotePublishes;

  constructor(readonly clock: Clock = SYSTEM_CLOCK) {
    this.remote = new RemotePublishes(clock, this.#subscribers);
  }

  /** Acquires a job slot, and an upload slot, which is released once TikTok has all bytes of the video. */
  enter(named: Named, uploads: TikTokRouteOptions['uploads'] = {}): JobSlots {
    const all = uploads.maxRunning ?? DEFAULT_RUNNING;
    const share = (part: number) => Math.max(1, Math.floor(all * part));
    const limits = { all, workspace: uploads.maxPerWorkspace ?? share(1 / 2), user: uploads.maxPerUser ?? share(1 / 4) };
    const unfinished = this.#unfinished.take(named, UNFINISHED);
    try {
      const sent = this.#uploads.take(named, limits);
      return { sent, leave: () => (sent(), unfinished()) };
    } catch (refused) {
      unfinished();
      throw refused;
    }
  }

  /** Acquires a job slot for a post without an upload. */
  enterWithoutUpload(named: Named): JobSlots {
    return { sent: () => {}, leave: this.#unfinished.take(named, UNFINISHED) };
  }

  find(id: string): PublishJob | null {
    return this.#jobs.get(id) ?? null;
  }

  /**
   * Ends this user's job with the same id if its file is incomplete, so that the job can restart from the first byte. Browsers
   * retry a request automatically after a connection reset, sometimes before the server detects the reset. Also deletes an
   * earlier failure under the id, so that pages that follow the new job do not receive it.
   */
  async restart({ id, userId }: Named): Promise<void> {
    const earlier = this.find(id);
    if (earlier === null || earlier.userId !== userId) return;
    if (!isEnded(earlier) && earlier.fileStream?.complete === false) {
      earlier.fileStream.abandon();
      await earlier.ended;
    }
    if (earlier.last?.type === 'failure' && this.find(id) === earlier) this.#jobs.delete(id);
  }

  /**
   * Starts `run`. When it ends, calls `ended` with its error or `null`. The same user may start a new job under the id of a
   * finished one.
   */
  start(named: Named, slots: JobSlots, fileStream: ResumableStream | null, run: RunPublish, ended: (failure: unknown) => void): PublishJob {
    const earlier = this.#jobs.get(named.id);
    if (earlier !== undefined && (earlier.userId !== named.userId || !isEnded(earlier))) {
      throw new HttpError(409, 'BUSY', 'This post is already being sent. Wait for its outcome, or start a new one.');
    }
    const abort = new AbortController();
    let over = (_failure: unknown): void => {};
    const job: PublishJob = {
      ...named,
      last: null,
      fileStream,
      ended: new Promise((resolve) => (over = resolve)),
      cancel: () => abort.abort(),
      subscribe: (userId, subscriber) => this.#subscribers.add(named.id, userId, subscriber),
    };
    const tell = (event: JobEvent) => {
      job.last = event;
      this.#subscribers.tell(job.id, event);
    };
    const onProgress = (data: PublishProgress) => {
      if (SENT.has(data.phase)) slots.sent();
      tell({ type: 'progress', data });
    };
    const end = (failure: unknown, event: JobEvent) => {
      slots.leave();
      fileStream?.stream.destroy();
      ended(failure);
      // This process is closing, and the post may continue in another process. The page finds that process when this connection
      // ends.
      if (ToklinkError.is(failure) && failure.code === 'CLOSED') this.#jobs.delete(job.id);
      // Pages that follow this job receive the events of the job that restarts under the same id.
      else if (fileStream?.abandoned === true) job.last = event;
      else tell(event);
      over(failure);
    };
    this.#forgetEnded();
    this.#jobs.delete(job.id);
    this.#jobs.set(job.id, job);
    // Deferred, so that the caller's code runs first.
    setImmediate(() => {
      const running = (async () => run(abort.signal, onProgress))();
      running.then(
        (data) => end(null, { type: 'outcome', data }),
        (error: unknown) => end(error, { type: 'failure', data: errorBody(error) }),
      );
    });
    return job;
  }

  #forgetEnded(): void {
    const ended = [...this.#jobs.values()].filter(isEnded);
    for (const job of ended.slice(0, Math.max(0, ended.length - KEPT_ENDED + 1))) this.#jobs.delete(job.id);
  }
}
