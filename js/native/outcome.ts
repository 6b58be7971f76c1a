import { ToklinkError } from '../errors.js';
import type { ErrorFields } from '../errors.js';

/** How every answer crosses: errors are data, thrown only here. */
interface Outcome {
  ok?: unknown;
  error?: ErrorFields;
}

/** The value of an outcome's JSON text, or its error thrown from the caller's own stack. */
export function unwrap<T>(text: string): T {
  const outcome = JSON.parse(text) as Outcome;
  if (outcome.error !== undefined) throw new ToklinkError(outcome.error);
  return outcome.ok as T;
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
