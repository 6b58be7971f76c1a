/**
 * Calls a host's function whose result does not matter. `failed` gets what it throws, also when it is an async function that
 * rejects later: an unhandled rejection would end the process.
 */
export function contained(call: () => unknown, failed: (fault: unknown) => void): void {
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
