import { ToklinkError } from '../errors.js';
import type { ErrorFields } from '../errors.js';
import { causeOf } from './faults.js';

/** An error as it crosses: its fields, and the number of the host's error that it comes of. */
export type CrossedError = ErrorFields & { fault?: number | null };

/** How every answer crosses: errors are data, thrown only here. */
interface Outcome {
  ok?: unknown;
  error?: CrossedError;
}

/** The value of an outcome's JSON text, or its error thrown from the caller's own stack. */
export function unwrap<T>(text: string): T {
  const outcome = JSON.parse(text) as Outcome;
  if (outcome.error !== undefined) throw crossed(outcome.error);
  return outcome.ok as T;
}

/** The error that crossed, with what the host's own code threw as its `cause`. */
export function crossed(error: CrossedError): ToklinkError {
  return new ToklinkError(error, causeOf(error.fault));
}

/** An error of the addon itself (a bridge that broke), as the one class that callers know. */
export function asToklinkError(cause: unknown, operation: string): ToklinkError {
  if (ToklinkError.is(cause)) return cause;
  return new ToklinkError(
    {
      code: 'INTERNAL',
      owner: 'toklink',
      operation,
      message: `${operation} failed inside toklink's native part; please report it.`,
    },
    { cause },
  );
}
