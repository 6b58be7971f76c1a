import { ToklinkError, type ErrorCode } from '../errors.js';

/** The HTTP status of each error code. Its type requires an entry for every code. */
export const STATUS_OF: Record<ErrorCode, number> = {
  CONFIG: 500,
  INVALID_INPUT: 400,
  UNAUTHORIZED: 401,
  PERMISSION_DENIED: 403,
  RATE_LIMITED: 429,
  QUOTA_EXHAUSTED: 429,
  NOT_FOUND: 404,
  REJECTED: 422,
  UNAVAILABLE: 503,
  INTEGRITY: 500,
  CONFLICT: 409,
  CANCELLED: 499,
  CLOSED: 503,
  INTERNAL: 500,
};

/** The codes of errors that the routes create themselves. */
export type HttpErrorCode =
  | 'SIGNED_OUT'
  | 'FORBIDDEN'
  | 'OTHER_PERSON'
  | 'FOREIGN_ORIGIN'
  | 'BAD_REQUEST'
  | 'NOT_FOUND'
  | 'INACTIVE'
  | 'FORGED'
  | 'TOO_LARGE'
  | 'LENGTH_REQUIRED'
  | 'BUSY'
  | 'SLOW'
  | 'INCOMPLETE'
  | 'OFFSET'
  | 'ENDED'
  | 'ELSEWHERE'
  | 'INTERRUPTED'
  | 'NOT_SET_UP';

export interface HttpErrorDetails {
  retryAfterSec?: number;
  /** The offset in bytes at which the upload continues. */
  offset?: number;
  /** True when the rest of the request body will not be read. The connection then closes after the response. */
  closing?: boolean;
}

const BRAND = Symbol.for('toklink.HttpError');

/**
 * The error for a request that a route rejects before it calls toklink. A hook of the host may throw it too: the routes respond
 * with its `status` (400 to 599), `code` and message, and do not report it to `onError`.
 */
export class HttpError extends Error {
  constructor(
    readonly status: number,
    readonly code: HttpErrorCode,
    message: string,
    readonly details: HttpErrorDetails = {},
  ) {
    super(message);
    if (!Number.isInteger(status) || status < 400 || status > 599) throw new RangeError(`status is ${status}; use 400 to 599`);
    this.name = 'HttpError';
  }

  /** Returns true for an `HttpError`, including one from a second copy of this module, which bundlers can create. */
  static is(value: unknown): value is HttpError {
    return typeof value === 'object' && value !== null && BRAND in value;
  }
}

Object.defineProperty(HttpError.prototype, BRAND, { value: true });

/** The text for an internal error of the host, whose own message may not be meant for users. */
export const UNEXPECTED = 'The server could not complete the request. Try again; if the error persists, contact the operator of this dashboard.';

export function json(body: unknown, status = 200, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store', ...headers },
  });
}

/** Returns the parts of an error that the response may contain. `error` is the message. */
export function errorBody(error: unknown): Record<string, unknown> {
  if (ToklinkError.is(error)) {
    const { message, ...fields } = error.toJSON();
    return { error: message, ...fields };
  }
  if (HttpError.is(error)) {
    const { offset } = error.details;
    return { error: error.message, code: error.code, ...(offset !== undefined && { offset }) };
  }
  return { error: UNEXPECTED, code: 'INTERNAL' };
}

/** Returns the code of an error, for use in a URL. A URL must not contain a message, because anyone can create a URL. */
export function codeOf(error: unknown): string {
  return String(errorBody(error).code);
}

export function errorResponse(error: unknown): Response {
  const headers: Record<string, string> = {};
  let status = 500;
  if (ToklinkError.is(error)) {
    status = STATUS_OF[error.code];
    if (error.retryAfterMs !== null) headers['retry-after'] = String(Math.ceil(error.retryAfterMs / 1000));
  } else if (HttpError.is(error)) {
    status = error.status;
    const { retryAfterSec, offset, closing } = error.details;
    if (retryAfterSec !== undefined) headers['retry-after'] = String(retryAfterSec);
    if (offset !== undefined) headers['upload-offset'] = String(offset);
    if (closing === true) headers['connection'] = 'close';
  }
  return json(errorBody(error), status, headers);
}

/**
 * Redirects with 303, so that the browser follows with GET. Suppresses the referrer, because a callback's URL contains a code.
 */
export function redirect(location: string, cookies: string[] = []): Response {
  const headers = new Headers({ location, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' });
  for (const cookie of cookies) headers.append('set-cookie', cookie);
  return new Response(null, { status: 303, headers });
}
