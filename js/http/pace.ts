import type { Clock } from './clock.js';

/** A sender may be silent for this long at most, and over the whole upload so long beyond the slowest rate. */
export const GRACE_MS = 60_000;
/** The slowest average rate that keeps an upload slot. */
export const SLOWEST_BYTES_PER_SECOND = 16 * 1024;

/**
 * Judges whether the bytes of one upload arrive fast enough. Waiting for the sender costs credit, and each byte that
 * arrives earns some back. Time in which TikTok takes no bytes costs nothing, because it is not the sender's.
 */
export class Pace {
  #creditMs = GRACE_MS;
  #waitingSince: number | null = null;
  #disarm = (): void => {};

  constructor(private readonly clock: Clock) {}

  /** Starts to wait for the sender. Calls `slow` when the credit is used up before `rest` or `moved`. */
  wait(slow: () => void): void {
    this.rest();
    this.#waitingSince = this.clock.now();
    this.#disarm = this.clock.after(this.#creditMs, slow);
  }

  /** Stops waiting, because nothing is expected from the sender now. */
  rest(): void {
    this.#disarm();
    if (this.#waitingSince === null) return;
    this.#creditMs = Math.max(0, this.#creditMs - (this.clock.now() - this.#waitingSince));
    this.#waitingSince = null;
  }

  /** Stops waiting, because `bytes` bytes have arrived. */
  moved(bytes: number): void {
    this.rest();
    this.#creditMs = Math.min(GRACE_MS, this.#creditMs + (bytes * 1000) / SLOWEST_BYTES_PER_SECOND);
  }
}
