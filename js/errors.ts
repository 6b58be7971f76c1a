/** What to do next; one spelling per host (Rust `RateLimited`, C `TOKLINK_ERR_RATE_LIMITED`). */
export const ERROR_CODES = [
  'CONFIG',
  'INVALID_INPUT',
  'UNAUTHORIZED',
  'PERMISSION_DENIED',
  'RATE_LIMITED',
  'QUOTA_EXHAUSTED',
  'NOT_FOUND',
  'REJECTED',
  'UNAVAILABLE',
  'INTEGRITY',
  'CONFLICT',
  'CANCELLED',
  'CLOSED',
  'INTERNAL',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/** Whose move it is: the person whose account it is, the program, TikTok and the network, or toklink itself. */
export type ErrorOwner = 'user' | 'app' | 'tiktok' | 'toklink';

/** One invalid or missing setting. It never holds the value, which may be a secret. */
export interface ConfigProblem {
  /** The environment variable of the setting, also when an option set it; the option's name where it has no variable. */
  variable: string;
  /** The fault, for example `is not set`. */
  problem: string;
  /** The correction. */
  fix: string;
}

/** The fields that `--json` prints and `toJSON` returns. */
export interface ErrorJson {
  code: ErrorCode;
  /** The method that failed, for example `publishVideo`; empty outside any. */
  operation: string;
  message: string;
  tiktokCode: string | null;
  httpStatus: number | null;
  logId: string | null;
  retryable: boolean;
  retryAfterMs: number | null;
  owner: ErrorOwner;
  mayHaveBeenSent: boolean;
  /** The same publish may be started again although it may have been sent. */
  safeToRepeat: boolean;
  failReason: string | null;
  publishId: string | null;
  /** Publishing again with this key goes on with the same publish, also when the key was made. */
  idempotencyKey: string | null;
  /** Every problem of a `CONFIG` error that is about settings; otherwise empty. */
  problems: ConfigProblem[];
}

/** All that an error carries. */
export type ErrorFields = ErrorJson;

const BRAND = Symbol.for('toklink.error');

/**
 * The one error that toklink throws. It never holds a token, a code, a secret or an upload URL. Its `cause` is what the host's own store
 * or stream threw: it is for the host's log, and `toJSON` leaves it out.
 */
export class ToklinkError extends Error {
  readonly code: ErrorCode;
  readonly operation: string;
  readonly retryable: boolean;
  /** A known pause before trying again; `null` when there is none. */
  readonly retryAfterMs: number | null;
  readonly owner: ErrorOwner;
  /** TikTok's own error code. */
  readonly tiktokCode: string | null;
  readonly httpStatus: number | null;
  /** What TikTok's support asks for. */
  readonly logId: string | null;
  /** TikTok may have seen the request, and no answer was read. */
  readonly mayHaveBeenSent: boolean;
  readonly safeToRepeat: boolean;
  /** Publishing again with this key goes on with the same publish, also when the key was made. */
  readonly idempotencyKey: string | null;
  /** TikTok's reason for a failed publish. */
  readonly failReason: string | null;
  readonly publishId: string | null;
  /** Every problem of a `CONFIG` error that is about settings; otherwise empty. */
  readonly problems: ConfigProblem[];

  constructor(fields: Pick<ErrorFields, 'code' | 'message'> & Partial<ErrorFields>, options?: ErrorOptions) {
    super(fields.message, options);
    this.code = fields.code;
    this.operation = fields.operation ?? '';
    this.retryable = fields.retryable ?? false;
    this.retryAfterMs = fields.retryAfterMs ?? null;
    this.owner = fields.owner ?? 'app';
    this.tiktokCode = fields.tiktokCode ?? null;
    this.httpStatus = fields.httpStatus ?? null;
    this.logId = fields.logId ?? null;
    this.mayHaveBeenSent = fields.mayHaveBeenSent ?? false;
    this.safeToRepeat = fields.safeToRepeat ?? false;
    this.idempotencyKey = fields.idempotencyKey ?? null;
    this.failReason = fields.failReason ?? null;
    this.publishId = fields.publishId ?? null;
    this.problems = fields.problems ?? [];
  }

  /** Makes the `CONFIG` error of these settings. */
  static config(problems: ConfigProblem[]): ToklinkError {
    const list = problems.map(({ variable, problem, fix }) => `${variable} ${problem}: ${fix}`);
    return new ToklinkError({ code: 'CONFIG', message: `invalid configuration: ${list.join('; ')}`, problems });
  }

  /** Also true for an error of another copy of this module, as bundlers make them. */
  static is(value: unknown): value is ToklinkError {
    return typeof value === 'object' && value !== null && BRAND in value;
  }

  toJSON(): ErrorJson {
    return {
      code: this.code,
      operation: this.operation,
      message: this.message,
      tiktokCode: this.tiktokCode,
      httpStatus: this.httpStatus,
      logId: this.logId,
      retryable: this.retryable,
      retryAfterMs: this.retryAfterMs,
      owner: this.owner,
      mayHaveBeenSent: this.mayHaveBeenSent,
      safeToRepeat: this.safeToRepeat,
      failReason: this.failReason,
      publishId: this.publishId,
      idempotencyKey: this.idempotencyKey,
      problems: this.problems,
    };
  }
}

// On the prototype, so that neither the name nor the brand is printed with the fields.
Object.defineProperty(ToklinkError.prototype, 'name', { value: 'ToklinkError' });
Object.defineProperty(ToklinkError.prototype, BRAND, { value: true });
