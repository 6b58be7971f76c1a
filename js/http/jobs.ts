import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers';
import type { AccountKey, PublishOutcome, PublishProgress } from '../types.js';
import { errorBody, Refusal } from './respond.js';

const DEFAULT_RUNNING = 8;
/** Ended publishes whose outcome can still be read, so that a page may reconnect. */
const KEPT_ENDED = 200;

export type JobEvent =
  | { type: 'progress'; data: PublishProgress }
  | { type: 'outcome'; data: PublishOutcome }
  | { type: 'failure'; data: Record<string, unknown> };

/** One publish that goes on while the browser watches, or does not. */
export interface PublishJob {
  id: string;
  userId: string;
  account: AccountKey;
  /** The newest event; `null` before the first. */
  last: JobEvent | null;
  cancel: () => void;
  /** Called with each later event; returns the end of the subscription. */
  listen: (listener: (event: JobEvent) => void) => () => void;
}

export type RunPublish = (
  signal: AbortSignal,
  onProgress: (progress: PublishProgress) => void,
) => Promise<PublishOutcome>;

/** The publishes of this process. Bounded: so many at a time, so many remembered. */
export class PublishJobs {
  readonly #jobs = new Map<string, PublishJob>();
  #running = 0;

  constructor(private readonly maxRunning: number = DEFAULT_RUNNING) {}

  /** Takes a place for an upload and its publish; the returned function gives it back once. */
  enter(): () => void {
    if (this.#running >= this.maxRunning) {
      throw new Refusal(503, 'BUSY', `${this.#running} videos are being posted already. Try again in a minute.`, 60);
    }
    this.#running += 1;
    let held = true;
    return () => {
      if (held) this.#running -= 1;
      held = false;
    };
  }

  find(id: string): PublishJob | null {
    return this.#jobs.get(id) ?? null;
  }

  /** Starts `run`; `ended` is called when it has, whatever came of it. */
  start(userId: string, account: AccountKey, run: RunPublish, ended: (error: unknown) => Promise<void>): PublishJob {
    const abort = new AbortController();
    const listeners = new Set<(event: JobEvent) => void>();
    const job: PublishJob = {
      id: randomUUID(),
      userId,
      account,
      last: null,
      cancel: () => abort.abort(),
      listen: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    };
    const tell = (event: JobEvent) => {
      job.last = event;
      for (const listener of [...listeners]) listener(event);
    };
    this.#forgetEnded();
    this.#jobs.set(job.id, job);
    // Not at once: the route answers with the job's id first.
    setImmediate(() => {
      const running = (async () => run(abort.signal, (data) => tell({ type: 'progress', data })))();
      running.then(
        async (data) => {
          await ended(null);
          tell({ type: 'outcome', data });
        },
        async (error: unknown) => {
          await ended(error);
          tell({ type: 'failure', data: errorBody(error) });
        },
      );
    });
    return job;
  }

  #forgetEnded(): void {
    const ended = [...this.#jobs.values()].filter((job) => job.last !== null && job.last.type !== 'progress');
    for (const job of ended.slice(0, Math.max(0, ended.length - KEPT_ENDED + 1))) this.#jobs.delete(job.id);
  }
}
