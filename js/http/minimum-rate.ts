import type { Clock } from './clock.js';

/**
 * The longest time for which a sender may send nothing. Also the total delay that an upload may have relative to the minimum
 * rate.
 */
export const GRACE_MS = 60_000;
/** The minimum average rate of an upload. */
export const SLOWEST_BYTES_PER_SECOND = 16 * 1024;

/**
 * The maximum debt that a single wait can add. Timers fire slightly late: without debt, a sender whose bytes always arrive just
 * before the timer fires would never count as slow. A longer delay means that the process was suspended, which is not the
 * sender's fault.
 */
const MOST_LATE_MS = 100;
/** An upload with more debt than this ends. */
const MOST_DEBT_MS = 1000;

/** Ends a wait for the sender. `bytes` is the number of bytes that arrived. Has no effect once another wait has started. */
export type EndWait = (bytes: number) => void;

/**
 * Checks that the bytes of an upload arrive fast enough. Waiting for the sender uses up credit, and each received byte restores
 * some of it. Time during which TikTok accepts no bytes does not use credit, because the sender does not cause it.
 */
export class MinimumRate {
  /** The remaining credit in milliseconds; a negative value is a debt. */
  #balanceMs = GRACE_MS;
  #end: EndWait | null = null;

  constructor(private readonly clock: Clock) {}

  /**
   * Starts a wait for the sender and replaces any earlier wait. Calls `slow` when the credit is used up before the wait ends, or
   * immediately when earlier waits left too much debt.
   */
  wait(slow: () => void): EndWait {
    this.rest();
    const since = this.clock.now();
    const disarm = this.clock.after(Math.max(0, this.#balanceMs), slow);
    if (this.#balanceMs <= -MOST_DEBT_MS) slow();
    const end: EndWait = (bytes) => {
      // A replaced request may end late. It must not end its successor's wait.
      if (this.#end !== end) return;
      this.#end = null;
      disarm();
      const lowest = Math.min(0, this.#balanceMs) - MOST_LATE_MS;
      const left = Math.max(lowest, this.#balanceMs - (this.clock.now() - since));
      this.#balanceMs = Math.min(GRACE_MS, left + (bytes * 1000) / SLOWEST_BYTES_PER_SECOND);
    };
    this.#end = end;
    return end;
  }

  /** Ends the wait while the server does not expect any bytes from the sender. */
  rest(): void {
    this.#end?.(0);
  }
}
