import { ToklinkError } from '../errors.js';

/** The command line was wrong: exit code 2. */
export class UsageError extends ToklinkError {
  constructor(message: string) {
    super({ code: 'INVALID_INPUT', message, owner: 'user' });
  }
}

/** A whole number of an option, or a usage error that names it. */
export function wholeNumber(option: string, least: number): (text: string) => number {
  return (text) => {
    // Digits alone: Number() also reads an empty text as 0, and 0x10 and 1e3.
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (!Number.isSafeInteger(value) || value < least) {
      throw new UsageError(`${option} wants a whole number from ${least}; got "${text.slice(0, 40)}".`);
    }
    return value;
  };
}
