const BRAND = Symbol.for('toklink.AccessDenied');

/**
 * A deliberate refusal by the host's `permissions` hook. Its message is shown to the user. Every other error of a hook is
 * reported to `onError` and answered with fixed text, because its message may come from a database or a library.
 */
export class AccessDenied extends Error {
  /** Accepts the text for the user, and `status` 401 for a request without a session. */
  constructor(
    message: string,
    readonly status: 401 | 403 = 403,
  ) {
    super(message);
    this.name = 'AccessDenied';
  }

  /** Returns true for an `AccessDenied`, even for one from another copy of this module, which bundlers can create. */
  static is(value: unknown): value is AccessDenied {
    return typeof value === 'object' && value !== null && BRAND in value;
  }
}

Object.defineProperty(AccessDenied.prototype, BRAND, { value: true });
