import type { Client } from 'toklink';
import { findPerProcess } from 'toklink/next';

/** The app has 3 s to exit after SIGTERM. */
const DEADLINE_MS = 2500;

/** Ends this process on SIGTERM, once another process can resume each publish. Requires NEXT_MANUAL_SIG_HANDLE=true. */
export function closeOnSigterm(): void {
  process.once('SIGTERM', () => {
    const closed = findPerProcess<Client>('client')?.close({ deadlineMs: DEADLINE_MS });
    void Promise.resolve(closed)
      .catch((error: unknown) => console.error('toklink did not close:', error))
      .finally(() => process.exit(143));
  });
}
