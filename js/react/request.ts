/** A route's error, for display to the user. */
export interface Trouble {
  /** The message, as a sentence. */
  error: string;
  /** An error code of toklink or its routes, or `OFFLINE` when there was no response. */
  code: string;
  /** TikTok's own code, when TikTok rejected the request. */
  tiktokCode: string | null;
  /** Milliseconds until a retry may succeed; `null` when unknown. */
  retryAfterMs: number | null;
}

export function trouble(error: string, code: string): Trouble {
  return { error, code, tiktokCode: null, retryAfterMs: null };
}

const OFFLINE = trouble('The server did not respond. Check your connection and try again.', 'OFFLINE');

/** Parses the body of an error response. Returns a message even for an invalid body. */
export function troubleOf(body: unknown): Trouble {
  const fields = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
  return {
    error: typeof fields['error'] === 'string' ? sentence(fields['error']) : OFFLINE.error,
    code: typeof fields['code'] === 'string' ? fields['code'] : OFFLINE.code,
    tiktokCode: typeof fields['tiktokCode'] === 'string' ? fields['tiktokCode'] : null,
    retryAfterMs: typeof fields['retryAfterMs'] === 'number' ? fields['retryAfterMs'] : null,
  };
}

/** Formats a toklink message as a sentence, with a capital letter and a full stop. */
function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1) + (/[.!?…]$/.test(text) ? '' : '.');
}

/** The result of a request; `status` is 0 when there was no response. */
export type Answer<T> = { ok: true; value: T } | { ok: false; status: number; trouble: Trouble };

/** Calls one of the host's routes: GET, or POST when there is a body. Never rejects. */
export async function ask<T>(path: string, body?: unknown): Promise<Answer<T>> {
  const post = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  try {
    const response = await fetch(path, body === undefined ? {} : post);
    const answer: unknown = await response.json();
    return response.ok ? { ok: true, value: answer as T } : { ok: false, status: response.status, trouble: troubleOf(answer) };
  } catch {
    return { ok: false, status: 0, trouble: OFFLINE };
  }
}
