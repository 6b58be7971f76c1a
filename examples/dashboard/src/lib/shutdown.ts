import { tiktokClient } from './tiktok';

/** The orchestrator kills this process 3 s after SIGTERM. */
const DEADLINE_MS = 2500;

/** Closes the client on SIGTERM, so that another process can resume its posts at once. */
export function closeOnSigterm(): void {
  process.once('SIGTERM', async () => {
    try {
      const { publishes } = await tiktokClient().close({ deadlineMs: DEADLINE_MS });
      for (const { idempotencyKey } of publishes) console.warn(`TikTok post ${idempotencyKey} was interrupted and can be resumed`);
    } finally {
      process.exit(0);
    }
  });
}
