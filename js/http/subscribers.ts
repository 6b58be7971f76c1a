import type { JobEvent, Subscriber } from './job-types.js';

/** The maximum number of pages that follow one job. A user usually has one or two tabs open. */
const MOST_PER_JOB = 4;
const MOST_PER_USER = 16;

interface Entry extends Subscriber {
  jobId: string;
  userId: string;
}

/**
 * The pages that follow each job. Above a limit, the oldest page is disconnected. The newest page is never rejected, because a
 * browser whose connection died unnoticed must be able to reconnect.
 */
export class Subscribers {
  readonly #entries = new Set<Entry>();

  /** Adds a subscriber. Returns a function that removes it. */
  add(jobId: string, userId: string, subscriber: Subscriber): () => void {
    this.#endOldest((entry) => entry.jobId === jobId, MOST_PER_JOB);
    this.#endOldest((entry) => entry.userId === userId, MOST_PER_USER);
    const entry: Entry = { ...subscriber, jobId, userId };
    this.#entries.add(entry);
    return () => this.#entries.delete(entry);
  }

  tell(jobId: string, event: JobEvent): void {
    for (const entry of [...this.#entries]) if (entry.jobId === jobId) entry.tell(event);
  }

  #endOldest(counts: (entry: Entry) => boolean, most: number): void {
    const present = [...this.#entries].filter(counts);
    for (const entry of present.slice(0, Math.max(0, present.length - most + 1))) {
      this.#entries.delete(entry);
      entry.end();
    }
  }
}
