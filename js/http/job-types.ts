import type { AccountKey, PublishOutcome, PublishProgress } from '../types.js';

/** A change of a publish, as its pages receive it. */
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

/** One page that follows a job. */
export interface Subscriber {
  tell: (event: JobEvent) => void;
  /** Called when newer subscribers replace it. */
  end: () => void;
}

/** A publish that a page can follow. */
export interface Watched {
  /** The newest event; `null` before the first. */
  last: JobEvent | null;
  /** Calls the subscriber with each later event for a page of this person. Returns a function that unsubscribes. */
  subscribe: (userId: string, subscriber: Subscriber) => () => void;
}
