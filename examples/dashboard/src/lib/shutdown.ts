import type { Client } from 'toklink';
import { findPerProcess } from 'toklink/next';

/** The time limit for closing the client: the orchestrator kills this process 3 s after SIGTERM. */
const DEADLINE_MS = 2500;

/** Closes the client on SIGTERM, so that another process can resume its posts immediately. */
export function closeOnSigterm(): void {
  process.once('SIGTERM', async () => {
    try {
      const report = await findPerProcess<Client>('client')?.close({ deadlineMs: DEADLINE_MS });
      for (const { idempotencyKey } of report?.publishes ?? []) console.warn(`TikTok post ${idempotencyKey} was interrupted and can be resumed`);
    } finally {
      process.exit(0);
    }
  });
}
