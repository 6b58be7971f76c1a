const BRAND = Symbol.for('toklink.AccessDenied');

/**
 * A deliberate refusal of the host's `permissions` hook: its message is shown to the person. Every other error of a hook is
 * reported to `onError` and answered with fixed text, since its words may come from a database or a library.
 */
export class AccessDenied extends Error {
  /** Takes the text for the person, and `status` 401 for a request without a session. */
  constructor(
    message: string,
    readonly status: 401 | 403 = 403,
  ) {
    super(message);
    this.name = 'AccessDenied';
  }

  /** Also true for an error of another copy of this module, as bundlers make them. */
  static is(value: unknown): value is AccessDenied {
    return typeof value === 'object' && value !== null && BRAND in value;
  }
}

Object.defineProperty(AccessDenied.prototype, BRAND, { value: true });
