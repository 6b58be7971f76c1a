import type { Clock } from './clock.js';

/** A sender may be silent for this long at most, and over the whole upload so long beyond the slowest rate. */
export const GRACE_MS = 60_000;
/** The slowest average rate that keeps an upload slot. */
export const SLOWEST_BYTES_PER_SECOND = 16 * 1024;

/** Ends a wait for the sender, with the bytes that it brought. Does nothing once another wait has started. */
export type EndWait = (bytes: number) => void;

/**
 * Judges whether the bytes of one upload arrive fast enough. Waiting for the sender costs credit, and each byte that
 * arrives earns some back. Time in which TikTok takes no bytes costs nothing, because it is not the sender's.
 */
export class Pace {
  #creditMs = GRACE_MS;
  #end: EndWait | null = null;

  constructor(private readonly clock: Clock) {}

  /** Starts to wait for the sender, in place of any other wait. Calls `slow` when the credit is used up before the wait ends. */
  wait(slow: () => void): EndWait {
    this.rest();
    const since = this.clock.now();
    const disarm = this.clock.after(this.#creditMs, slow);
    const end: EndWait = (bytes) => {
      // A request that was replaced ends late, and must not end the wait for its successor.
      if (this.#end !== end) return;
      this.#end = null;
      disarm();
      const left = Math.max(0, this.#creditMs - (this.clock.now() - since));
      this.#creditMs = Math.min(GRACE_MS, left + (bytes * 1000) / SLOWEST_BYTES_PER_SECOND);
    };
    this.#end = end;
    return end;
  }

  /** Ends the wait, because nothing is expected from the sender now. */
  rest(): void {
    this.#end?.(0);
  }
}
