import { ToklinkError } from '../errors.js';

/** The error for an invalid command line, with exit code 2. */
export class UsageError extends ToklinkError {
  constructor(message: string) {
    super({ code: 'INVALID_INPUT', message, owner: 'user' });
  }
}

/** Returns a parser for an option with a whole number. The parser throws a usage error with the option's name. */
export function wholeNumber(option: string, least: number): (text: string) => number {
  return (text) => {
    // Accept digits only, because Number() also accepts an empty text (as 0), 0x10 and 1e3.
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (!Number.isSafeInteger(value) || value < least) {
      throw new UsageError(`${option} must be a whole number from ${least}; it is "${text.slice(0, 40)}"`);
    }
    return value;
  };
}
