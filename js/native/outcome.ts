import { ToklinkError } from '../errors.js';
import type { ErrorFields } from '../errors.js';
import { causeOf } from './host-errors.js';

/** An error in the form in which the addon passes it: its fields, and the id of the host error that caused it. */
export type CrossedError = ErrorFields & { fault?: number | null };

/** The result of a call to the addon. Errors are plain data, and only this file throws them. */
interface Outcome {
  ok?: unknown;
  error?: CrossedError;
}

/** Returns the value of an outcome's JSON text, or throws its error with the caller's stack trace. */
export function unwrap<T>(text: string): T {
  const outcome = JSON.parse(text) as Outcome;
  if (outcome.error !== undefined) throw crossed(outcome.error);
  return outcome.ok as T;
}

/** Converts the addon's error data to an error, with the host's error as its `cause`. */
export function crossed(error: CrossedError): ToklinkError {
  return new ToklinkError(error, causeOf(error.fault));
}

/** Converts an error that the addon itself threw to `ToklinkError`. */
export function asToklinkError(cause: unknown, operation: string): ToklinkError {
  if (ToklinkError.is(cause)) return cause;
  return new ToklinkError(
    {
      code: 'INTERNAL',
      owner: 'toklink',
      operation,
      message: `${operation} failed in toklink's addon; please report it`,
    },
    { cause },
  );
}
