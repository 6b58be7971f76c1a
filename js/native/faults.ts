/** The maximum number of the host's errors that are kept until the errors that they caused are thrown. */
const KEPT = 100;

/** Errors of the host's own code, by the number that represents them on the native side. */
const faults = new Map<number, unknown>();
let last = 0;

/** Keeps an error of the host's code. Returns its number, by which it becomes the `cause` of the resulting error. */
export function keepFault(fault: unknown): number {
  last += 1;
  faults.set(last, fault);
  // A failed read can be the cause for several callers, so none of them removes it.
  faults.delete(last - KEPT);
  return last;
}

/** Returns the options of an error that a kept one caused. */
export function causeOf(fault: number | null | undefined): ErrorOptions | undefined {
  return fault != null && faults.has(fault) ? { cause: faults.get(fault) } : undefined;
}
