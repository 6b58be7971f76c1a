import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '../client.js';
import { ToklinkError } from '../errors.js';
import type { Account, PublishOutcome, UnfinishedPublish } from '../types.js';
import { bytes, table } from './output.js';
import type { Output } from './output.js';
import { progressBar } from './progress.js';

/** The interval at which a publish of another process is retried. */
const LOOK_AGAIN_MS = 2000;

/** Resumes a publish: the named one, or the newest that TikTok has created. */
export async function resume(
  client: Client,
  output: Output,
  account: Account,
  { name, file, signal }: { name?: string | undefined; file?: string | undefined; signal: AbortSignal },
): Promise<PublishOutcome> {
  const wanted = name ?? (await newest(client, account));
  const bar = progressBar(output);
  let announced = false;
  try {
    for (;;) {
      try {
        return await client.resumePublish(account, wanted, { signal, onProgress: bar.show, ...(file === undefined ? {} : { file }) });
      } catch (error) {
        // The lease of a process that was killed expires on its own; `retryAfterMs` is the time until then.
        if (!ToklinkError.is(error) || error.code !== 'CONFLICT' || error.retryAfterMs === null) throw error;
        if (!announced) output.note('Another process may be working on it; waiting for that process, or for one minute if it has crashed.');
        announced = true;
      }
      await interrupted(pause(LOOK_AGAIN_MS, undefined, { signal }), wanted);
    }
  } finally {
    bar.stop();
  }
}

async function newest(client: Client, account: Account): Promise<string> {
  const unfinished = await client.unfinishedPublishes(account);
  const started = unfinished.find(({ publishId }) => publishId !== null);
  if (started !== undefined) return started.idempotencyKey;
  const unclear = unfinished.length === 0 ? '' : '; TikTok may have received some of them, see toklink unfinished';
  throw new ToklinkError({ code: 'NOT_FOUND', owner: 'user', message: `there is no unfinished post to resume${unclear}` });
}

/** Waits. Ctrl-C ends the pause with the usual error. */
async function interrupted(waiting: Promise<unknown>, wanted: string): Promise<void> {
  try {
    await waiting;
  } catch (cause) {
    const message = `Cancelled by Ctrl-C; resume with: toklink resume ${wanted}`;
    throw new ToklinkError({ code: 'CANCELLED', owner: 'user', message }, { cause });
  }
}

/** Returns the unfinished publishes as text. */
export function unfinishedRows(publishes: UnfinishedPublish[]): string[] {
  if (publishes.length === 0) return ['Every post of this account has finished.'];
  const rows = publishes.map((publish) => [
    publish.idempotencyKey,
    publish.publishId ?? '(unclear)',
    publish.startedAt.slice(0, 16).replace('T', ' '),
    publish.totalBytes === 0 ? 'fetched by TikTok' : `${bytes(publish.acceptedBytes)} of ${bytes(publish.totalBytes)}`,
  ]);
  return table(['KEY', 'PUBLISH ID', 'STARTED (UTC)', 'ARRIVED'], rows);
}
