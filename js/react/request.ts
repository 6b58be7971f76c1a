/** What a person reads when a route did not answer as hoped. */
export interface Trouble {
  /** A sentence. */
  error: string;
  /** A code of toklink, of its routes, or `OFFLINE` when no answer came. */
  code: string;
  /** TikTok's own code, when it was TikTok that refused. */
  tiktokCode: string | null;
  /** Milliseconds until trying again makes sense; `null` when nobody knows. */
  retryAfterMs: number | null;
}

export function trouble(error: string, code: string): Trouble {
  return { error, code, tiktokCode: null, retryAfterMs: null };
}

const OFFLINE = trouble('The server did not answer. Check your connection and try again.', 'OFFLINE');

/** Reads the body of a failed answer; whatever it is, a sentence comes of it. */
export function troubleOf(body: unknown): Trouble {
  const fields = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
  return {
    error: typeof fields['error'] === 'string' ? sentence(fields['error']) : OFFLINE.error,
    code: typeof fields['code'] === 'string' ? fields['code'] : OFFLINE.code,
    tiktokCode: typeof fields['tiktokCode'] === 'string' ? fields['tiktokCode'] : null,
    retryAfterMs: typeof fields['retryAfterMs'] === 'number' ? fields['retryAfterMs'] : null,
  };
}

/** A sentence starts with a capital letter and ends with a mark, also when it came from a library. */
function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1) + (/[.!?…]$/.test(text) ? '' : '.');
}

/** `status` is 0 when no answer came. */
export type Answer<T> = { ok: true; value: T } | { ok: false; status: number; trouble: Trouble };

/** Asks one of the host's routes: GET, or POST when there is a body. Never throws. */
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
