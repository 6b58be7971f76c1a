import type { AccountKey, PublishOutcome, PublishProgress } from '../types.js';

/** A change to a publish, in the form that pages receive. */
export type JobEvent =
  | { type: 'progress'; data: PublishProgress }
  | { type: 'outcome'; data: PublishOutcome }
  | { type: 'failure'; data: Record<string, unknown> };

/** Identifies a publish and its user. */
export interface Named {
  id: string;
  userId: string;
  account: AccountKey;
}

/** A page that follows a job. */
export interface Subscriber {
  tell: (event: JobEvent) => void;
  /** Called when a newer subscriber replaces this one. */
  end: () => void;
}

/** A publish that a page can follow. */
export interface Watched {
  /** The newest event; `null` before the first event. */
  last: JobEvent | null;
  /** Calls the subscriber with each later event. `userId` is the user of the page. Returns a function that unsubscribes. */
  subscribe: (userId: string, subscriber: Subscriber) => () => void;
}
