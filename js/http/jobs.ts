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

/** What names a publish, and whose it is. */
export interface Named {
  id: string;
  userId: string;
  account: AccountKey;
}

/** One publish that goes on while the browser watches, or does not. */
export interface PublishJob extends Named {
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

function isEnded(job: PublishJob): boolean {
  return job.last !== null && job.last.type !== 'progress';
}

/** The publishes of this process. Bounded: so many at a time, so many remembered. */
export class PublishJobs {
  readonly #jobs = new Map<string, PublishJob>();
  #running = 0;

  /** Takes a place for an upload and its publish; the returned function gives it back once. */
  enter(maxRunning = DEFAULT_RUNNING): () => void {
    if (this.#running >= maxRunning) {
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

  /**
   * Starts `run`; `ended` is called when it has, with what it failed of or `null`. One that has ended may be started again
   * under its name by the same person.
   */
  start(named: Named, run: RunPublish, ended: (failure: unknown) => void): PublishJob {
    const earlier = this.#jobs.get(named.id);
    if (earlier !== undefined && (earlier.userId !== named.userId || !isEnded(earlier))) {
      throw new Refusal(409, 'BUSY', 'This post is being sent already. Wait for its outcome, or begin a new one.');
    }
    const abort = new AbortController();
    const listeners = new Set<(event: JobEvent) => void>();
    const job: PublishJob = {
      ...named,
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
    this.#jobs.delete(job.id);
    this.#jobs.set(job.id, job);
    // Not at once: its caller goes on first.
    setImmediate(() => {
      const running = (async () => run(abort.signal, (data) => tell({ type: 'progress', data })))();
      running.then(
        (data) => {
          ended(null);
          tell({ type: 'outcome', data });
        },
        (error: unknown) => {
          ended(error);
          tell({ type: 'failure', data: errorBody(error) });
        },
      );
    });
    return job;
  }

  #forgetEnded(): void {
    const ended = [...this.#jobs.values()].filter(isEnded);
    for (const job of ended.slice(0, Math.max(0, ended.length - KEPT_ENDED + 1))) this.#jobs.delete(job.id);
  }
}
