export type Level = 'ok' | 'warning' | 'wrong';

/** What one check found; never a secret, nor a part of one. */
export interface Finding {
  /** What was looked at, in two or three words. */
  check: string;
  level: Level;
  found: string;
  /** What to do about it; `null` when it is well. */
  mend: string | null;
}

export const ok = (check: string, found: string): Finding => ({ check, level: 'ok', found, mend: null });

/** Works, or may work, and will surprise somebody. */
export const warning = (check: string, found: string, mend: string): Finding => ({ check, level: 'warning', found, mend });

/** Does not work. */
export const wrong = (check: string, found: string, mend: string): Finding => ({ check, level: 'wrong', found, mend });

/** What the system calls a failure (`ECONNREFUSED`), looked for in its causes too, else the kind of what was thrown. */
export function codeOf(fault: unknown): string {
  for (let at = fault; at instanceof Error; at = at.cause) {
    const { code } = at as NodeJS.ErrnoException;
    if (typeof code === 'string') return code;
    if (at instanceof AggregateError && at.errors.length > 0) return codeOf(at.errors[0]);
  }
  return fault instanceof Error ? fault.name : typeof fault;
}
