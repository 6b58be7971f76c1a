export type Level = 'ok' | 'warning' | 'wrong';

/** The result of one check. Never contains a secret or a part of one. */
export interface Finding {
  /** The subject of the check, in two or three words. */
  check: string;
  level: Level;
  found: string;
  /** The fix; `null` without a problem. */
  fix: string | null;
}

export const ok = (check: string, found: string): Finding => ({ check, level: 'ok', found, fix: null });

/** A finding about something that works, or may work, but possibly not as the user expects. */
export const warning = (check: string, found: string, fix: string): Finding => ({ check, level: 'warning', found, fix });

/** A finding about something that does not work. */
export const wrong = (check: string, found: string, fix: string): Finding => ({ check, level: 'wrong', found, fix });

/** Formats the fix in an error as a sentence. */
export const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

/** Returns the system's error code (`ECONNREFUSED`) of an error or of its causes, or otherwise the error's class. */
export function codeOf(fault: unknown): string {
  for (let at = fault; at instanceof Error; at = at.cause) {
    const { code } = at as NodeJS.ErrnoException;
    if (typeof code === 'string') return code;
    if (at instanceof AggregateError && at.errors.length > 0) return codeOf(at.errors[0]);
  }
  return fault instanceof Error ? fault.name : typeof fault;
}
