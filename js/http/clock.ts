/** Time as the routes need it. Tests give one that they move themselves. */
export interface Clock {
  /** Milliseconds since some fixed moment. */
  now(): number;
  /** Calls `act` once, after `ms` milliseconds; the returned function prevents it. */
  after(ms: number, act: () => void): () => void;
}

/** The process's own clock. Its timers do not keep the process alive. */
export const SYSTEM_CLOCK: Clock = {
  now: () => performance.now(),
  after: (ms, act) => {
    const timer = setTimeout(act, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
