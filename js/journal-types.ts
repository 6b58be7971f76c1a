import type { AccountKey } from './types/account.js';
import type { JournalPhase } from './types/publish.js';

/** One publish as the journal stores it. toklink writes the row before each step, so that it is correct after a crash. */
export interface PublishRow extends AccountKey {
  /** The idempotency key; unique per account. */
  key: string;
  /** The random id of the attempt that owns the publish; empty in rows that an earlier version wrote. */
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
  /** True when another process asked the running attempt to stop. */
  cancelRequested: boolean;
  /** The last attempt's error, as JSON text without secrets; `null` while an attempt is running. */
  lastError: string | null;
  /** Milliseconds since 1970-01-01 UTC. */
  createdAt: number;
  /** Milliseconds since 1970-01-01 UTC. */
  updatedAt: number;
}

/**
 * The publish journal. It ensures that an idempotency key posts once across all processes that share the store, so `insert` and
 * `update` must be atomic and conditional.
 */
export interface JournalStore {
  /** Inserts the row and resolves to true, or resolves to false when a row with this account and key exists. */
  insert(row: PublishRow): Promise<boolean>;
  /** Resolves to the account's row with this key. */
  find(account: AccountKey, key: string): Promise<PublishRow | null>;
  /** Resolves to the row with this TikTok publish id, regardless of its account. */
  findPublish(publishId: string): Promise<PublishRow | null>;
  /** Atomically replaces the row with this account and key if its revision is still `revision`; otherwise resolves to false. */
  update(row: PublishRow, revision: number): Promise<boolean>;
  /** Resolves to the account's rows that are neither DONE nor FAILED, the most recently updated first. */
  unfinished(account: AccountKey): Promise<PublishRow[]>;
  /** Deletes the DONE and FAILED rows of all accounts with an `updatedAt` before `before`; resolves to their number. */
  expire(before: number): Promise<number>;
  /** Deletes all rows of the account, including unfinished ones. */
  forget(account: AccountKey): Promise<void>;
}
