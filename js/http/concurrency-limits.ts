import type { Named } from './job-types.js';
import { HttpError } from './respond.js';

/** The maximum number of concurrent operations in the process, per workspace and per user. */
export interface Limits {
  all: number;
  workspace: number;
  user: number;
}

/** Counts running operations, so that no single user or workspace can use the whole capacity. */
export class ConcurrencyLimits {
  readonly #counts = new Map<string, number>();

  /** Accepts the end of the sentence "8 videos are being ...", which the error message contains. */
  constructor(private readonly doing: string) {}

  /** Acquires a slot. Returns a function that releases it. Calling the function again has no effect. */
  take({ userId, account }: Named, limits: Limits): () => void {
    const keys = { all: 'all', workspace: `workspace ${account.tenant}`, user: `user ${userId}` };
    this.#refuseAt(keys.user, limits.user, 429, 'Your limit is reached');
    this.#refuseAt(keys.workspace, limits.workspace, 429, 'The limit of this workspace is reached');
    this.#refuseAt(keys.all, limits.all, 503, 'The server is busy');
    for (const key of Object.values(keys)) this.#add(key, 1);
    let held = true;
    return () => {
      if (held) for (const key of Object.values(keys)) this.#add(key, -1);
      held = false;
    };
  }

  #refuseAt(key: string, limit: number, status: number, words: string): void {
    const count = this.#counts.get(key) ?? 0;
    if (count < limit) return;
    const message = `${words}: ${count} ${count === 1 ? 'post is' : 'posts are'} ${this.doing} already. Try again in a minute.`;
    throw new HttpError(status, 'BUSY', message, { retryAfterSec: 60 });
  }

  #add(key: string, change: number): void {
    const count = (this.#counts.get(key) ?? 0) + change;
    if (count > 0) this.#counts.set(key, count);
    else this.#counts.delete(key);
  }
}
