import type { AccountKey } from './types.js';

/** One publish as the journal keeps it; written before each act, so that a crash leaves a true picture. */
export interface PublishRow extends AccountKey {
  /** The idempotency key; unique per account. */
  key: string;
  /** The random id of the attempt that owns the publish; empty in a row of a version without attempts. */
  attempt: string;
  /** Grows by one with each write. */
  revision: number;
  /** `LAST_CHUNK`: the last chunk may have been sent, so a post may come of it. */
  phase: 'INTENT' | 'SENDING' | 'LAST_CHUNK' | 'PROCESSING' | 'DONE' | 'FAILED';
  /** TikTok's id of the task, once known. */
  publishId: string | null;
  uploadUrlSealed: string | null;
  fingerprint: string;
  /** Bytes, at most 4,000,000,000. */
  videoSize: number;
  chunkSize: number;
  acceptedBytes: number;
  mayBecomePublic: boolean;
  photos: boolean;
  draft: boolean;
  pulled: boolean;
  /** Strings, since ids are above 2^53. */
  postIds: string[];
  failReason: string | null;
  /** Another process asked the attempt that works on it to stop. */
  cancelRequested: boolean;
  /** The error that the last attempt ended with, as JSON text without secrets; `null` while an attempt works on it. */
  lastError: string | null;
  /** Milliseconds since 1970-01-01 UTC, as `updatedAt`. */
  createdAt: number;
  updatedAt: number;
}

/**
 * The journal of publishes. It is what makes an idempotency key post once over all processes that share the store, so its
 * two writes must be atomic and conditional. Implement all of it or none: without it each process keeps a journal of its
 * own and forgets it when it ends, so the same key posts again in another process and after a restart.
 */
export interface PublishJournal {
  /** Writes the row if there is none with its account and key; `false` when there is. */
  insertPublish(row: PublishRow): Promise<boolean>;
  findPublish(account: AccountKey, key: string): Promise<PublishRow | null>;
  findPublishById(publishId: string): Promise<PublishRow | null>;
  /** Replaces the row with this account and key, all at once, only if its revision still is `revision`; else `false`. */
  swapPublish(row: PublishRow, revision: number): Promise<boolean>;
  /** The account's rows that are neither DONE nor FAILED, the last written first. */
  unfinishedPublishes(account: AccountKey): Promise<PublishRow[]>;
  /** Deletes the DONE and FAILED rows of all accounts whose `updatedAt` is before `before`; resolves to how many. */
  expirePublishes(before: number): Promise<number>;
  /** Deletes every row of the account, also those without an end. */
  forgetPublishes(account: AccountKey): Promise<void>;
}
