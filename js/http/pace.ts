import type { Clock } from './clock.js';

/** The longest silence of a sender, and the total delay of an upload beyond the slowest rate. */
export const GRACE_MS = 60_000;
/** The slowest average rate that keeps an upload slot. */
export const SLOWEST_BYTES_PER_SECOND = 16 * 1024;

/**
 * The maximum that one wait beyond the credit adds to the debt. Timers fire slightly late, so without a debt a sender whose bytes always
 * arrive just before the timer would never count as slow. A longer wait comes from a suspended process, which is not the sender's
 * fault.
 */
const MOST_LATE_MS = 100;
/** The debt that ends an upload. */
const MOST_DEBT_MS = 1000;

/** Ends a wait for the sender, with the number of bytes that arrived. Does nothing once another wait has started. */
export type EndWait = (bytes: number) => void;

/**
 * Checks that the bytes of one upload arrive fast enough. Waiting for the sender uses credit, and each byte that
 * arrives restores some. Time in which TikTok accepts no bytes costs nothing, because the sender does not cause it.
 */
export class Pace {
  /** The credit; a debt when negative. */
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
      // A request that was replaced ends late, and must not end the wait for its successor.
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
