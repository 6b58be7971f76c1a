/** The maximum number of host errors that are kept until toklink throws the errors that they caused. */
const MAX_STORED = 100;

/** Errors thrown by the host's code, by id. The native side stores only the id. */
const faults = new Map<number, unknown>();
let last = 0;

/** Stores an error from the host's code. Returns its id, with which `causeOf` finds it again. */
export function storeHostError(fault: unknown): number {
  last += 1;
  faults.set(last, fault);
  // One failed read can be the cause of several callers' errors, so using an error does not remove it.
  faults.delete(last - MAX_STORED);
  return last;
}

/** Returns error options that contain the stored host error as `cause`. */
export function causeOf(fault: number | null | undefined): ErrorOptions | undefined {
  return fault != null && faults.has(fault) ? { cause: faults.get(fault) } : undefined;
}
