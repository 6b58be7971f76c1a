import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '../client.js';
import { ToklinkError } from '../errors.js';
import type { Account, PublishOutcome, UnfinishedPublish } from '../types.js';
import { bytes, table } from './output.js';
import type { Output } from './output.js';
import { progressBar } from './progress.js';

/** The interval between attempts to resume a publish that another process may be working on. */
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
        // `retryAfterMs` is the time until the lease of the other process expires, in case it was killed.
        if (!ToklinkError.is(error) || error.code !== 'CONFLICT' || error.retryAfterMs === null) throw error;
        if (!announced) output.note('Another process may be working on this post. Waiting until it finishes, or up to one minute if it has crashed.');
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
  const unclear = unfinished.length === 0 ? '' : '; the outcome of some posts is unknown, see toklink unfinished';
  throw new ToklinkError({ code: 'NOT_FOUND', owner: 'user', message: `there is no unfinished post to resume${unclear}` });
}

/** Waits for a pause that Ctrl-C aborts, and converts the abort to a CANCELLED error. */
async function interrupted(waiting: Promise<unknown>, wanted: string): Promise<void> {
  try {
    await waiting;
  } catch (cause) {
    const message = `cancelled by Ctrl-C; resume with: toklink resume ${wanted}`;
    throw new ToklinkError({ code: 'CANCELLED', owner: 'user', message }, { cause });
  }
}

/** Formats the unfinished publishes as a table. */
export function unfinishedRows(publishes: UnfinishedPublish[]): string[] {
  if (publishes.length === 0) return ['All posts of this account have finished.'];
  const rows = publishes.map((publish) => [
    publish.idempotencyKey,
    publish.publishId ?? '(unclear)',
    publish.startedAt.slice(0, 16).replace('T', ' '),
    publish.totalBytes === 0 ? 'fetched by TikTok' : `${bytes(publish.acceptedBytes)} of ${bytes(publish.totalBytes)}`,
  ]);
  return table(['KEY', 'PUBLISH ID', 'STARTED (UTC)', 'UPLOADED'], rows);
}
