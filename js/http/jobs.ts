import { setImmediate } from 'node:timers';
import { ToklinkError } from '../errors.js';
import type { AccountKey, PublishOutcome, PublishPhase, PublishProgress } from '../types.js';
import { SYSTEM_CLOCK, type Clock } from './clock.js';
import { Elsewhere } from './elsewhere.js';
import type { Intake } from './intake.js';
import type { TikTokRouteOptions } from './options.js';
import { errorBody, HttpError } from './respond.js';
import { Shares, type Most } from './shares.js';
import { Subscribers, type Subscriber } from './subscribers.js';

const DEFAULT_RUNNING = 8;
/** Jobs without an outcome yet. Most of them wait for TikTok, which takes little here but asks TikTok now and then. */
const UNFINISHED: Most = { all: 512, workspace: 128, user: 32 };
/** Ended publishes whose outcome can still be read, so that a page may reconnect. */
const KEPT_ENDED = 200;
/** TikTok has all bytes. */
const SENT: ReadonlySet<PublishPhase> = new Set<PublishPhase>(['processing', 'moderating', 'published']);

export type JobEvent =
  | { type: 'progress'; data: PublishProgress }
  | { type: 'outcome'; data: PublishOutcome }
  | { type: 'failure'; data: Record<string, unknown> };

/** What names a publish, and whose it is. */
export interface Named {
  id: string;
  userId: string;
  account: AccountKey;
}

/** What a page can follow. */
export interface Watched {
  /** The newest event; `null` before the first. */
  last: JobEvent | null;
  /** Calls `tell` with each later event for a page of this person; returns the end of the subscription. */
  subscribe: (userId: string, subscriber: Subscriber) => () => void;
}

/** One publish that goes on while the browser watches, or does not. */
export interface PublishJob extends Named, Watched {
  /** The file as it arrives; `null` for photos, which TikTok fetches. */
  intake: Intake | null;
  /** Resolves when the job has ended: with what it failed of, or `null`. */
  ended: Promise<unknown>;
  cancel: () => void;
}

export type RunPublish = (
  signal: AbortSignal,
  onProgress: (progress: PublishProgress) => void,
) => Promise<PublishOutcome>;

/** The shares that a job holds. */
export interface Place {
  /** Gives the upload slot back: TikTok has all bytes. */
  sent: () => void;
  /** Gives everything back. */
  leave: () => void;
}

/** Whether the job has its outcome or its failure. */
export function isEnded(job: PublishJob): boolean {
  return job.last !== null && job.last.type !== 'progress';
}

/** The publishes of this process. Bounded: uploads at a time, jobs without an outcome, and outcomes that are kept. */
export class PublishJobs {
  readonly #jobs = new Map<string, PublishJob>();
  readonly #uploads = new Shares('being uploaded');
  readonly #unfinished = new Shares('waiting for TikTok');
  readonly #subscribers = new Subscribers();
  /** What other processes publish. */
  readonly elsewhere: Elsewhere;

  constructor(readonly clock: Clock = SYSTEM_CLOCK) {
    this.elsewhere = new Elsewhere(clock, this.#subscribers);
  }

  /** Takes an upload slot for a video, which is held until TikTok has all of its bytes, and a share of the jobs. */
  enter(named: Named, uploads: TikTokRouteOptions['uploads'] = {}): Place {
    const all = uploads.maxRunning ?? DEFAULT_RUNNING;
    const share = (part: number) => Math.max(1, Math.floor(all * part));
    const most = { all, workspace: uploads.maxPerWorkspace ?? share(1 / 2), user: uploads.maxPerUser ?? share(1 / 4) };
    const unfinished = this.#unfinished.take(named, UNFINISHED);
    try {
      const sent = this.#uploads.take(named, most);
      return { sent, leave: () => (sent(), unfinished()) };
    } catch (refused) {
      unfinished();
      throw refused;
    }
  }

  /** Takes a share of the jobs for a post without an upload. */
  enterWithoutUpload(named: Named): Place {
    return { sent: () => {}, leave: this.#unfinished.take(named, UNFINISHED) };
  }

  find(id: string): PublishJob | null {
    return this.#jobs.get(id) ?? null;
  }

  /**
   * Ends this person's job of that name while its file is incomplete, so that it can start again from the first byte.
   * Browsers repeat a request by themselves when its connection was reset, before the server may have noticed. Forgets
   * a failure of that name: who follows the new start must not get it.
   */
  async restart({ id, userId }: Named): Promise<void> {
    const earlier = this.find(id);
    if (earlier === null || earlier.userId !== userId) return;
    if (!isEnded(earlier) && earlier.intake?.complete === false) {
      earlier.intake.abandon();
      await earlier.ended;
    }
    if (earlier.last?.type === 'failure' && this.find(id) === earlier) this.#jobs.delete(id);
  }

  /**
   * Starts `run`; `ended` is called when it has, with what it failed of or `null`. One that has ended may be started again
   * under its name by the same person.
   */
  start(named: Named, place: Place, intake: Intake | null, run: RunPublish, ended: (failure: unknown) => void): PublishJob {
    const earlier = this.#jobs.get(named.id);
    if (earlier !== undefined && (earlier.userId !== named.userId || !isEnded(earlier))) {
      throw new HttpError(409, 'BUSY', 'This post is being sent already. Wait for its outcome, or start a new one.');
    }
    const abort = new AbortController();
    let over = (_failure: unknown): void => {};
    const job: PublishJob = {
      ...named,
      last: null,
      intake,
      ended: new Promise((resolve) => (over = resolve)),
      cancel: () => abort.abort(),
      subscribe: (userId, subscriber) => this.#subscribers.add(named.id, userId, subscriber),
    };
    const tell = (event: JobEvent) => {
      job.last = event;
      this.#subscribers.tell(job.id, event);
    };
    const onProgress = (data: PublishProgress) => {
      if (SENT.has(data.phase)) place.sent();
      tell({ type: 'progress', data });
    };
    const end = (failure: unknown, event: JobEvent) => {
      place.leave();
      intake?.stream.destroy();
      ended(failure);
      // The process ends, and the post may continue in another one: its page asks there once this connection ends.
      if (ToklinkError.is(failure) && failure.code === 'CLOSED') this.#jobs.delete(job.id);
      // Its followers go on with the job that starts again under the same name.
      else if (intake?.abandoned === true) job.last = event;
      else tell(event);
      over(failure);
    };
    this.#forgetEnded();
    this.#jobs.delete(job.id);
    this.#jobs.set(job.id, job);
    // Not at once: its caller goes on first.
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
