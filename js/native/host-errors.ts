/** The maximum number of host errors that are kept until the errors that they caused are thrown. */
const MAX_STORED = 100;

/** Errors of the host's code by id. The native side stores only the id. */
const faults = new Map<number, unknown>();
let last = 0;

/** Keeps an error of the host's code. Returns its id, with which it becomes the `cause` of the resulting error. */
export function storeHostError(fault: unknown): number {
  last += 1;
  faults.set(last, fault);
  // A failed read can be the cause of errors for several callers, so none of them removes it.
  faults.delete(last - MAX_STORED);
  return last;
}

/** Returns the options for an error that was caused by a kept error. */
export function causeOf(fault: number | null | undefined): ErrorOptions | undefined {
  return fault != null && faults.has(fault) ? { cause: faults.get(fault) } : undefined;
}
