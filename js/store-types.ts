import type { PublishJournal } from './journal-types.js';
import type { MetricsClaim, MetricsRow } from './metrics-types.js';
import type { CountedRequest } from './quota-types.js';
import type { AccountStatus } from './types.js';

/** What a store keeps of an account: sealed strings only. */
export interface AccountRow {
  tenant: string;
  accountId: string;
  displayName: string;
  username: string | null;
  avatarUrl: string | null;
  /** The granted scopes. Empty means unknown: the account is tried, and TikTok's answer decides. */
  scopes: string[];
  /** What the login asked for; a store may leave it out, then `missingScopes` is empty. */
  requestedScopes?: string[];
  accessTokenSealed: string;
  refreshTokenSealed: string | null;
  /** Milliseconds since 1970-01-01 UTC, like all times of this interface. */
  accessExpiresAt: number;
  refreshExpiresAt: number | null;
  status: AccountStatus;
  connectedAt: number;
  connectedBy: string;
  refreshStartedAt: number | null;
}

export interface AccountKey {
  tenant: string;
  accountId: string;
}

/** Both tokens of a row as they are sealed. */
export interface SealedPair {
  accessTokenSealed: string;
  refreshTokenSealed: string | null;
}

/** Some accounts in the order of their keys. */
export interface AccountPage {
  rows: AccountRow[];
  /** How many accounts the whole store holds; leave it out where that is not cheap to know. */
  total?: number;
  /** Disconnected accounts that the whole store keeps without tokens and leaves out of its pages. Default 0. */
  withoutTokens?: number;
}

export interface TokenSwap {
  accessTokenSealed: string;
  refreshTokenSealed: string | null;
  accessExpiresAt: number;
  refreshExpiresAt: number | null;
  scopes: string[] | null;
}

/**
 * A host's own store. Every promise must settle within 5 s, be durable when it resolves, and not call the client for
 * the same account (which is refused). `accountStoreConformance` of `toklink/testing` checks one.
 */
export interface AccountStore extends Partial<PublishJournal> {
  load(key: AccountKey): Promise<AccountRow | null>;
  list(tenant: string | null): Promise<AccountRow[]>;
  save(row: AccountRow): Promise<void>;
  /** Writes `next` (and status ACTIVE) only if the sealed refresh token still is `expected`. */
  swap(key: AccountKey, expected: string | null, next: TokenSwap): Promise<boolean>;
  /** Notes that a refresh begins, if the sealed refresh token still is `expected`. */
  beginRefresh(key: AccountKey, expected: string | null, at: number): Promise<boolean>;
  /** Sets the status if the sealed refresh token still is `expected`. */
  setStatus(key: AccountKey, expected: string | null, status: AccountStatus): Promise<boolean>;
  remove(key: AccountKey): Promise<boolean>;
  /**
   * Optional: up to `limit` accounts of all tenants whose key comes after `after` (`null`: from the first), in an order
   * that stays the same while accounts come and go. Without it `list(null)` is called for each page.
   */
  listPage?(after: AccountKey | null, limit: number): Promise<AccountPage>;
  /**
   * Optional: replaces the sealed tokens, and nothing else of the row, only if both still are `expected`. Without it
   * `resealAccounts` rejects with CONFIG.
   */
  reseal?(key: AccountKey, expected: SealedPair, next: SealedPair): Promise<boolean>;
  /**
   * Optional: sets the status, and nothing else of the row, only if it still is `from`. Without it the row shows no
   * status but those of logins and refreshes.
   */
  mark?(key: AccountKey, from: AccountStatus, to: AccountStatus): Promise<boolean>;
  /**
   * Optional, with `releaseLease` and `expireLeases`: processes that share accounts then share leases too. They only save
   * calls: without them processes do the same work at once, and conditional writes decide whose work counts. Takes the lease `name` for `owner` until `now + ttlMs` if it is free, ended at or before
   * `now`, or is `owner`'s already; else `false`.
   */
  acquireLease?(name: string, owner: string, now: number, ttlMs: number): Promise<boolean>;
  /** Gives the lease back if it still is `owner`'s. */
  releaseLease?(name: string, owner: string): Promise<void>;
  /** Deletes every lease that ended before `before`. */
  expireLeases?(before: number): Promise<void>;
  /**
   * Optional, with the next three: figures are then kept here, and their workers share the work. Claims those of
   * `accounts` whose figures of the day are neither fresh (`readAt` at `freshSince` or later) nor claimed by another owner (a
   * claim ends at `now + ttlMs`), each at most once over all workers; resolves to them. Figures that are not fresh stay until
   * they are replaced.
   */
  claimMetrics?(claim: MetricsClaim, accounts: AccountKey[]): Promise<AccountKey[]>;
  /** Gives back `owner`'s claims. */
  releaseMetrics?(day: string, owner: string, accounts: AccountKey[]): Promise<void>;
  /** Writes rows, each in place of the one of the same account and day unless its `readAt` is later, and ends the claims on them. */
  saveMetrics?(rows: MetricsRow[]): Promise<void>;
  /** The rows of an account from day to day (both included). */
  metricsBetween?(key: AccountKey, from: string, to: string): Promise<MetricsRow[]>;
  /**
   * Optional, with `requestsAfter`: what counts for a day (the quota policy `planned`) is then written down here, and a
   * restart goes on counting. Adds requests, of which several may be alike: each counts. What was answered at `forgetUntil`
   * or before may go. Not called where a Redis counts.
   */
  logRequests?(requests: CountedRequest[], forgetUntil: number): Promise<void>;
  /** All that were answered after `after`, in any order. */
  requestsAfter?(after: number): Promise<CountedRequest[]>;
}
