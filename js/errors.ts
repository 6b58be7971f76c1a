/** All error codes. Their spelling follows each language's style (Rust `RateLimited`, C `TOKLINK_ERR_RATE_LIMITED`). */
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

/** The kind of an error, which determines the right response. docs/ERRORS.md explains each code. */
export type ErrorCode = (typeof ERROR_CODES)[number];

/** All error reasons. Their spelling follows each language's style (Rust `KeyInUse`, C `TOKLINK_REASON_KEY_IN_USE`). */
export const ERROR_REASONS = [
  'OTHER',
  'KEY_IN_USE',
  'KEY_OF_ANOTHER_PUBLISH',
  'START_UNCLEAR',
  'NOTHING_TO_RESUME',
  'CAN_STILL_COMPLETE',
  'TAKEN_OVER',
  'VIDEO_CHANGED',
  'LOGIN_DECLINED',
  'LOGIN_TIMED_OUT',
  'LOGIN_REFUSED',
  'CLOSE_IN_CALLBACK',
  'AFTER_FORK',
  'TIMED_OUT',
  'TITLE_TOO_LONG',
  'CODEC_UNSUPPORTED',
  'ACCOUNT_NOT_CONNECTED',
  'CERTIFICATE_NOT_TRUSTED',
  'NAME_NOT_RESOLVED',
  'CONNECTION_REFUSED',
  'LOGIN_FROM_ANOTHER_BROWSER',
  'LOGIN_EXPIRED',
  'LOGIN_ALREADY_USED',
  'LOGIN_OF_ANOTHER_USER',
  'ACCOUNT_DISCONNECTED',
  'REFRESH_INTERRUPTED',
  'SCOPE_NOT_GRANTED',
  'CANNOT_DECRYPT',
  'NOT_ENCRYPTED',
  'LEGACY_FORMAT',
  'KEY_NOT_CONFIGURED',
  'NOT_A_VIDEO',
  'VIDEO_TRUNCATED',
  'VIDEO_DAMAGED',
  'FILE_UNREADABLE',
  'STREAM_ALREADY_READ',
  'STREAM_LENGTH_MISMATCH',
  'STREAM_FAILED',
  'SOURCE_UNAVAILABLE',
  'SOURCE_TOO_SLOW',
  'STILL_PROCESSING',
  'STORE_LOCKED',
  'STORE_DISK_FULL',
  'STORE_DAMAGED',
  'STORE_PATH_INVALID',
  'SIGNATURE_MISSING',
  'SIGNATURE_MISMATCH',
  'SIGNATURE_TOO_OLD',
  'WEBHOOK_OF_ANOTHER_APP',
  'PROXY_FAILED',
] as const;

/**
 * The exact reason for an error, for programs to branch on; `OTHER` when the code alone is specific enough. docs/ERRORS.md explains
 * each reason. Later versions may add reasons.
 */
export type ErrorReason = (typeof ERROR_REASONS)[number];

/** The party that has to act: the user of the account, the application, TikTok (or the network), or toklink itself. */
export type ErrorOwner = 'user' | 'app' | 'tiktok' | 'toklink';

/** One invalid or missing setting. It never contains the value, which may be a secret. */
export interface ConfigProblem {
  /** The setting's environment variable, even when an option set it; the option's name when there is no variable. */
  variable: string;
  /** The problem, for example `is not set`. */
  problem: string;
  /** The fix. */
  fix: string;
}

/** The fields that `--json` prints and `toJSON` returns. */
export interface ErrorJson {
  code: ErrorCode;
  /** The exact reason; `OTHER` when the code alone is specific enough. */
  reason: ErrorReason;
  /** The method that failed, for example `publishVideo`; empty if the error occurred outside of a method. */
  operation: string;
  message: string;
  tiktokCode: string | null;
  httpStatus: number | null;
  logId: string | null;
  retryable: boolean;
  retryAfterMs: number | null;
  owner: ErrorOwner;
  mayHaveBeenSent: boolean;
  /** True when retrying the call with the same idempotency key posts at most once, even if this request reached TikTok. */
  safeToRepeat: boolean;
  failReason: string | null;
  publishId: string | null;
  /** The key of the publish, even when toklink generated it. Publishing again with it resumes the same publish. */
  idempotencyKey: string | null;
  /** Every problem of a `CONFIG` error about settings; otherwise empty. */
  problems: ConfigProblem[];
}

/** All fields of an error. */
export type ErrorFields = ErrorJson;

const BRAND = Symbol.for('toklink.error');

/**
 * The only error class that toklink throws. It never contains a token, a code, a secret or an upload URL. Its `cause` is an error from
 * the host's own store or stream, for the host's log; `toJSON` omits it.
 */
export class ToklinkError extends Error {
  readonly code: ErrorCode;
  /** The exact reason; `OTHER` when the code alone is specific enough. */
  readonly reason: ErrorReason;
  /** The method that failed, for example `publishVideo`; empty if the error occurred outside of a method. */
  readonly operation: string;
  /** True when a later call with the same arguments may succeed. */
  readonly retryable: boolean;
  /** The pause before a retry, in milliseconds; `null` when it is unknown. */
  readonly retryAfterMs: number | null;
  readonly owner: ErrorOwner;
  /** TikTok's own error code. */
  readonly tiktokCode: string | null;
  /** The HTTP status of TikTok's response. */
  readonly httpStatus: number | null;
  /** TikTok's log id, which TikTok's support asks for. */
  readonly logId: string | null;
  /** True when TikTok may have received the request, but no response was read. */
  readonly mayHaveBeenSent: boolean;
  /** True when retrying the call with the same idempotency key posts at most once, even if this request reached TikTok. */
  readonly safeToRepeat: boolean;
  /** The key of the publish, even when toklink generated it. Publishing again with it resumes the same publish. */
  readonly idempotencyKey: string | null;
  /** TikTok's reason for a failed publish. */
  readonly failReason: string | null;
  /** TikTok's id of the publish. */
  readonly publishId: string | null;
  /** Every problem of a `CONFIG` error about settings; otherwise empty. */
  readonly problems: ConfigProblem[];

  constructor(fields: Pick<ErrorFields, 'code' | 'message'> & Partial<ErrorFields>, options?: ErrorOptions) {
    super(fields.message, options);
    this.code = fields.code;
    this.reason = fields.reason ?? 'OTHER';
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

  /** Creates the `CONFIG` error for these settings. */
  static config(problems: ConfigProblem[]): ToklinkError {
    const list = problems.map(({ variable, problem, fix }) => `${variable} ${problem}: ${fix}`);
    return new ToklinkError({ code: 'CONFIG', message: `invalid configuration: ${list.join('; ')}`, problems });
  }

  /** Returns true for a `ToklinkError`, even for one from another copy of this module, which bundlers can create. */
  static is(value: unknown): value is ToklinkError {
    return typeof value === 'object' && value !== null && BRAND in value;
  }

  /** Returns all fields, without `cause`. */
  toJSON(): ErrorJson {
    return {
      code: this.code,
      reason: this.reason,
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

// Defined on the prototype, so that printing an error does not list these two properties.
Object.defineProperty(ToklinkError.prototype, 'name', { value: 'ToklinkError' });
Object.defineProperty(ToklinkError.prototype, BRAND, { value: true });
