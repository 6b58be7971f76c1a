import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '../client.js';
import { ToklinkError } from '../errors.js';
import type { Account, PublishOutcome, UnfinishedPublish } from '../types.js';
import { bytes, table } from './output.js';
import type { Output } from './output.js';
import { progressBar } from './progress.js';

/** How often a publish that another process seems to work on is tried again. */
const LOOK_AGAIN_MS = 2000;

/** Goes on with a publish: the named one, else the newest that TikTok has begun. */
export async function resume(
  client: Client,
  output: Output,
  account: Account,
  { name, file, signal }: { name?: string | undefined; file?: string | undefined; signal: AbortSignal },
): Promise<PublishOutcome> {
  const wanted = name ?? (await newest(client, account));
  const bar = progressBar(output);
  let told = false;
  try {
    for (;;) {
      try {
        return await client.resumePublish(account, wanted, { signal, onProgress: bar.show, ...(file === undefined ? {} : { file }) });
      } catch (error) {
        // The claim of a process that was killed ends by itself, and the error says when to come back.
        if (!ToklinkError.is(error) || error.code !== 'CONFLICT' || error.retryAfterMs === null) throw error;
        if (!told) output.note('Another process may be at it; waiting for it (a process that died is waited for one minute).');
        told = true;
      }
      await interrupted(pause(LOOK_AGAIN_MS, undefined, { signal }), wanted);
    }
  } finally {
    bar.stop();
  }
}

async function newest(client: Client, account: Account): Promise<string> {
  const unfinished = await client.unfinishedPublishes(account);
  const begun = unfinished.find(({ publishId }) => publishId !== null);
  if (begun !== undefined) return begun.idempotencyKey;
  const unclear = unfinished.length === 0 ? '' : ' Of some nobody knows whether they have begun: see toklink unfinished.';
  throw new ToklinkError({ code: 'NOT_FOUND', owner: 'user', message: `There is no unfinished post to go on with.${unclear}` });
}

/** Ctrl-C ends the pause with the error that it ends all else with. */
async function interrupted(waiting: Promise<unknown>, wanted: string): Promise<void> {
  try {
    await waiting;
  } catch (cause) {
    const message = `Cancelled by Ctrl-C; it goes on with: toklink resume ${wanted}`;
    throw new ToklinkError({ code: 'CANCELLED', owner: 'user', message }, { cause });
  }
}

/** The unfinished publishes for people. */
export function unfinishedRows(publishes: UnfinishedPublish[]): string[] {
  if (publishes.length === 0) return ['Every post of this account has an end.'];
  const rows = publishes.map((publish) => [
    publish.idempotencyKey,
    publish.publishId ?? '(unclear)',
    publish.begunAt.slice(0, 16).replace('T', ' '),
    publish.totalBytes === 0 ? 'fetched by TikTok' : `${bytes(publish.acceptedBytes)} of ${bytes(publish.totalBytes)}`,
  ]);
  return table(['KEY', 'PUBLISH ID', 'BEGUN (UTC)', 'ARRIVED'], rows);
}
