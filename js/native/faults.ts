/** How many errors of the host are kept until the errors that they caused are thrown. */
const KEPT = 100;

/** Errors that the host's own code threw, by the number under which they cross the native side. */
const faults = new Map<number, unknown>();
let last = 0;

/** Keeps what the host's code threw; the number returns it as the `cause` of the error that comes of it. */
export function keepFault(fault: unknown): number {
  last += 1;
  faults.set(last, fault);
  // A failed read can be the error of several callers, so that none of them takes it away.
  faults.delete(last - KEPT);
  return last;
}

/** The options of an error that comes of a kept one. */
export function causeOf(fault: number | null | undefined): ErrorOptions | undefined {
  return fault != null && faults.has(fault) ? { cause: faults.get(fault) } : undefined;
}
