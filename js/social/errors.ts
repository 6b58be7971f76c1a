import { ToklinkError } from '../errors.js';

/** Operations whose UNAUTHORIZED errors do not concern the access token. */
const ABOUT_TOKENS = new Set(['exchangeCode', 'refreshTokens']);

/** Runs `work`. Converts a `ToklinkError` to an `Error` with a message for users and the original error as its cause. */
export async function described<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (fault) {
    throw describe(what, fault);
  }
}

/** Runs synchronous `work` with the same error conversion as `described`. */
export function describedNow<T>(what: string, work: () => T): T {
  try {
    return work();
  } catch (fault) {
    throw describe(what, fault);
  }
}

/** Returns the error for users. An exceeded limit gets the dashboard's message; every other error gets toklink's. */
function describe(what: string, fault: unknown): unknown {
  if (!ToklinkError.is(fault)) return fault;
  const limited = fault.code === 'RATE_LIMITED' || fault.code === 'QUOTA_EXHAUSTED';
  if (limited && fault.retryAfterMs !== null) {
    const resets = new Date(Date.now() + fault.retryAfterMs).toISOString();
    return new Error(`TikTok rate limit exceeded. Resets at ${resets}`, { cause: fault });
  }
  if (fault.code === 'UNAUTHORIZED' && !ABOUT_TOKENS.has(fault.operation)) {
    const next = 'refresh it with refreshAccessToken, or connect the account again';
    return new Error(`${what}: TikTok no longer accepts the access token; ${next}`, { cause: fault });
  }
  return new Error(`${what}: ${fault.message}`, { cause: fault });
}
