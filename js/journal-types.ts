import type { AccountKey } from './types/account.js';
import type { JournalPhase } from './types/publish.js';

/** One publish as the journal stores it. It is written before each step, so it is correct after a crash. */
export interface PublishRow extends AccountKey {
  /** The idempotency key; unique per account. */
  key: string;
  /** The random id of the attempt that owns the publish; empty in a row that an earlier version wrote. */
  attempt: string;
  /** Increases by one with each write. */
  revision: number;
  phase: JournalPhase;
  /** TikTok's id of the publish, once known. */
  publishId: string | null;
  /** The upload URL, encrypted. */
  uploadUrlSealed: string | null;
  /** Identifies the content and settings; the same key with another fingerprint is a conflict. */
  fingerprint: string;
  /** Bytes, at most 4,000,000,000. */
  videoSize: number;
  /** Bytes. */
  chunkSize: number;
  /** Bytes that TikTok has accepted. */
  acceptedBytes: number;
  /** True when the privacy level lets the post become public. */
  mayBecomePublic: boolean;
  photos: boolean;
  draft: boolean;
  /** True when TikTok fetches the video or photos itself. */
  pulled: boolean;
  /** Strings, because ids exceed 2^53. */
  postIds: string[];
  failReason: string | null;
  /** True when another process asked the attempt that works on it to stop. */
  cancelRequested: boolean;
  /** The error that the last attempt ended with, as JSON text without secrets; `null` while an attempt works on it. */
  lastError: string | null;
  /** Milliseconds since 1970-01-01 UTC. */
  createdAt: number;
  /** Milliseconds since 1970-01-01 UTC. */
  updatedAt: number;
}

/**
 * The journal of publishes. It ensures that an idempotency key posts once over all processes that share the store, so its
 * two writes must be atomic and conditional.
 */
export interface JournalStore {
  /** Writes the row and resolves to true, or resolves to false when there is one with its account and key. */
  insert(row: PublishRow): Promise<boolean>;
  /** Resolves to the account's row with this key. */
  find(account: AccountKey, key: string): Promise<PublishRow | null>;
  /** Resolves to the row with TikTok's publish id, of any account. */
  findPublish(publishId: string): Promise<PublishRow | null>;
  /** Replaces the row with this account and key atomically, if its revision is still `revision`; otherwise resolves to false. */
  update(row: PublishRow, revision: number): Promise<boolean>;
  /** Resolves to the account's rows that are neither DONE nor FAILED, the most recently written first. */
  unfinished(account: AccountKey): Promise<PublishRow[]>;
  /** Deletes the DONE and FAILED rows of all accounts with an `updatedAt` before `before`; resolves to their number. */
  expire(before: number): Promise<number>;
  /** Deletes every row of the account, also unfinished ones. */
  forget(account: AccountKey): Promise<void>;
}
