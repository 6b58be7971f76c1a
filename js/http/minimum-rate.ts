import type { Clock } from './clock.js';

/** The longest time in which a sender may send nothing, and the total delay of an upload relative to the minimum rate. */
export const GRACE_MS = 60_000;
/** The minimum average rate of an upload. */
export const SLOWEST_BYTES_PER_SECOND = 16 * 1024;

/**
 * The maximum debt that one wait beyond the credit adds. Timers fire slightly late, so without a debt a sender whose bytes always
 * arrive just before the timer would never count as slow. A longer wait is caused by a suspended process and not by the
 * sender.
 */
const MOST_LATE_MS = 100;
/** The debt that ends an upload. */
const MOST_DEBT_MS = 1000;

/** Ends a wait for the sender with the number of bytes that arrived. Does nothing once another wait has started. */
export type EndWait = (bytes: number) => void;

/**
 * Checks that the bytes of one upload arrive fast enough. Waiting for the sender uses up credit, and each byte
 * that arrives restores some of it. Time during which TikTok accepts no bytes costs nothing, because the sender does not cause it.
 */
export class MinimumRate {
  /** The credit; a negative value is a debt. */
  #balanceMs = GRACE_MS;
  #end: EndWait | null = null;

  constructor(private readonly clock: Clock) {}

  /**
   * Starts a wait for the sender, in place of any other wait. Calls `slow` when the credit is used up before the wait ends, or
   * at once when earlier waits left too large a debt.
   */
  wait(slow: () => void): EndWait {
    this.rest();
    const since = this.clock.now();
    const disarm = this.clock.after(Math.max(0, this.#balanceMs), slow);
    if (this.#balanceMs <= -MOST_DEBT_MS) slow();
    const end: EndWait = (bytes) => {
      // A request that was replaced may end late, and must not end the wait for its successor.
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

  /** Ends the wait while no bytes are expected from the sender. */
  rest(): void {
    this.#end?.(0);
  }
}
