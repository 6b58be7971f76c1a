export type Level = 'ok' | 'warning' | 'wrong';

/** The result of one check. Never contains a secret or part of a secret. */
export interface Finding {
  /** The subject of the check, in one to three words. */
  check: string;
  level: Level;
  found: string;
  /** The fix; `null` when there is no problem. */
  fix: string | null;
}

export const ok = (check: string, found: string): Finding => ({ check, level: 'ok', found, fix: null });

/** Creates a finding about a setting that works or may work, but possibly not as the user expects. */
export const warning = (check: string, found: string, fix: string): Finding => ({ check, level: 'warning', found, fix });

/** Creates a finding about a setting that does not work. */
export const wrong = (check: string, found: string, fix: string): Finding => ({ check, level: 'wrong', found, fix });

/** Formats the text of a fix as a sentence. */
export const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

/** Returns the system error code, such as `ECONNREFUSED`, of an error or its causes, or else the name of the error's class. */
export function codeOf(fault: unknown): string {
  for (let at = fault; at instanceof Error; at = at.cause) {
    const { code } = at as NodeJS.ErrnoException;
    if (typeof code === 'string') return code;
    if (at instanceof AggregateError && at.errors.length > 0) return codeOf(at.errors[0]);
  }
  return fault instanceof Error ? fault.name : typeof fault;
}
