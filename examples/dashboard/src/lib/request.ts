/** The error of a failed request to a route. */
export interface Trouble {
  error: string;
  code: string;
  retryAfterMs: number | null;
}

const OFFLINE: Trouble = {
  error: 'The dashboard did not respond. Check your connection and try again.',
  code: 'OFFLINE',
  retryAfterMs: null,
};

export function troubleOf(body: unknown): Trouble {
  const fields = (typeof body === 'object' && body !== null ? body : {}) as Partial<Trouble>;
  return {
    error: typeof fields.error === 'string' ? fields.error : OFFLINE.error,
    code: typeof fields.code === 'string' ? fields.code : OFFLINE.code,
    retryAfterMs: typeof fields.retryAfterMs === 'number' ? fields.retryAfterMs : null,
  };
}

export type Answer<T> = { ok: true; value: T } | { ok: false; trouble: Trouble };

/** Calls one of the dashboard's routes; never throws. */
export async function ask<T>(path: string, body?: unknown): Promise<Answer<T>> {
  try {
    const response = await fetch(
      path,
      body === undefined
        ? undefined
        : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) },
    );
    const answer: unknown = await response.json();
    return response.ok ? { ok: true, value: answer as T } : { ok: false, trouble: troubleOf(answer) };
  } catch {
    return { ok: false, trouble: OFFLINE };
  }
}
