/** The clock of the routes. Tests pass a clock that they advance themselves. */
export interface Clock {
  /** Returns milliseconds since a fixed time. */
  now(): number;
  /** Calls `act` once, after `ms` milliseconds. Returns a function that cancels the call. */
  after(ms: number, act: () => void): () => void;
}

/** The system clock. Its timers do not keep the process alive. */
export const SYSTEM_CLOCK: Clock = {
  now: () => performance.now(),
  after: (ms, act) => {
    const timer = setTimeout(act, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
