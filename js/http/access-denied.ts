const BRAND = Symbol.for('toklink.AccessDenied');

/**
 * A deliberate refusal by the host's `permissions` hook. The routes show its message to the user. They report every other error
 * of a hook to `onError` and respond with fixed text, because its message may come from a database or a library.
 */
export class AccessDenied extends Error {
  /** Accepts the message for the user. Use `status` 401 for a request without a session. */
  constructor(
    message: string,
    readonly status: 401 | 403 = 403,
  ) {
    super(message);
    this.name = 'AccessDenied';
  }

  /** Returns true for an `AccessDenied`, including one from a second copy of this module, which bundlers can create. */
  static is(value: unknown): value is AccessDenied {
    return typeof value === 'object' && value !== null && BRAND in value;
  }
}

Object.defineProperty(AccessDenied.prototype, BRAND, { value: true });
