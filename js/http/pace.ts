import type { Clock } from './clock.js';

/** A sender may be silent for this long at most, and over the whole upload so long beyond the slowest rate. */
export const GRACE_MS = 60_000;
/** The slowest average rate that keeps an upload slot. */
export const SLOWEST_BYTES_PER_SECOND = 16 * 1024;

/**
 * The most by which one wait beyond the credit adds to the debt. Timers fire late by a little, so a sender whose bytes always
 * arrive just before them would never be slow without a debt. A longer wait comes from a process that was suspended, for
 * which the sender is not blamed.
 */
const MOST_LATE_MS = 100;
/** The debt that ends an upload. */
const MOST_DEBT_MS = 1000;

/** Ends a wait for the sender, with the bytes that it brought. Does nothing once another wait has started. */
export type EndWait = (bytes: number) => void;

/**
 * Judges whether the bytes of one upload arrive fast enough. Waiting for the sender costs credit, and each byte that
 * arrives earns some back. Time in which TikTok takes no bytes costs nothing, because it is not the sender's.
 */
export class Pace {
  /** The credit; a debt when negative. */
  #balanceMs = GRACE_MS;
  #end: EndWait | null = null;

  constructor(private readonly clock: Clock) {}

  /**
   * Starts to wait for the sender, in place of any other wait. Calls `slow` when the credit is used up before the wait ends:
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

  /** Ends the wait, because nothing is expected from the sender now. */
  rest(): void {
    this.#end?.(0);
  }
}
