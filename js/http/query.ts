import type { JobQuery } from './publish-lookup.js';
import { HttpError } from './respond.js';

/** Returns the job and the account that a query identifies. */
export function asked(query: URLSearchParams): JobQuery {
  return { jobId: query.get('jobId'), accountId: query.get('accountId'), workspaceId: query.get('workspaceId') };
}

/** Returns a whole-number query parameter; `null` when it is absent. */
export function wholeNumber(query: URLSearchParams, name: string, least: number, most: number): number | null {
  const text = query.get(name);
  if (text === null || text === '') return null;
  // Accepts only digits, because Number() also accepts white space (as 0), 0x10 and 1e3.
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new HttpError(400, 'BAD_REQUEST', `${name} must be a whole number from ${least} to ${most}`);
  }
  return value;
}
