import type { AccountKey } from './types.js';

/** One publish as the journal keeps it; written before each act, so that a crash leaves a true picture. */
export interface PublishRow extends AccountKey {
  /** The idempotency key; unique per account. */
  key: string;
  /** Grows by one with each write. */
  revision: number;
  phase: 'INTENT' | 'SENDING' | 'PROCESSING' | 'DONE' | 'FAILED';
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
  /** Milliseconds since 1970-01-01 UTC, as `updatedAt`. */
  createdAt: number;
  updatedAt: number;
}

/** The journal of publishes. All of it or none: without it the journal lives in this process and ends with it. */
export interface PublishJournal {
  /** Writes the row if there is none with its account and key; `false` when there is. */
  insertPublish(row: PublishRow): Promise<boolean>;
  findPublish(account: AccountKey, key: string): Promise<PublishRow | null>;
  findPublishById(publishId: string): Promise<PublishRow | null>;
  /** Replaces the row with this account and key only if its revision still is `revision`; else `false`. */
  swapPublish(row: PublishRow, revision: number): Promise<boolean>;
  /** The account's rows that are neither DONE nor FAILED, the last written first. */
  unfinishedPublishes(account: AccountKey): Promise<PublishRow[]>;
}
