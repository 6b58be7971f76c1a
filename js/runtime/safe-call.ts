/**
 * Calls a host's function and ignores its result. Passes its error or later rejection to `failed`, because an unhandled
 * rejection would end the process.
 */
export function callSafely(call: () => unknown, failed: (fault: unknown) => void): void {
  try {
    const result = call();
    if (isThenable(result)) result.then(undefined, failed);
  } catch (fault) {
    failed(fault);
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as PromiseLike<unknown>).then === 'function';
}

/** Returns the message of a value that a host's function threw. Never throws, even for unusual values. */
export function messageOf(fault: unknown): string {
  try {
    return fault instanceof Error ? fault.message : String(fault);
  } catch {
    return 'an error without a message';
  }
}
