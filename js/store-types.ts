import type { PublishJournal } from './journal-types.js';
import type { MetricsClaim, MetricsRow } from './metrics-types.js';
import type { CountedRequest } from './types/quota.js';
import type { AccountKey, AccountStatus } from './types/account.js';

/** An account as a store keeps it. Its tokens are encrypted. */
export interface AccountRow {
  tenant: string;
  accountId: string;
  displayName: string;
  username: string | null;
  avatarUrl: string | null;
  /** The granted scopes. Empty means unknown: toklink then sends the request, and TikTok decides. */
  scopes: string[];
  /** The scopes that the login requested. A store may leave it out; then `missingScopes` is empty. */
  requestedScopes?: string[];
  accessTokenSealed: string;
  refreshTokenSealed: string | null;
  /** Milliseconds since 1970-01-01 UTC, like all times of this interface. */
  accessExpiresAt: number;
  refreshExpiresAt: number | null;
  status: AccountStatus;
  connectedAt: number;
  /** The host's user who connected the account. */
  connectedBy: string;
  /** The start of a refresh whose result is not stored yet; otherwise `null`. */
  refreshStartedAt: number | null;
}

/** The encrypted tokens of a row. */
export interface SealedPair {
  accessTokenSealed: string;
  refreshTokenSealed: string | null;
}

/** Some accounts in the order of their keys. */
export interface AccountPage {
  rows: AccountRow[];
  /** The number of accounts in the whole store; leave it out when counting is expensive. */
  total?: number;
  /** Disconnected accounts that the whole store keeps without tokens and leaves out of its pages. Default 0. */
  withoutTokens?: number;
}

/** The columns that a refresh writes. */
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
  /** Resolves to the row, or to `null` when there is none. */
  load(key: AccountKey): Promise<AccountRow | null>;
  /** Resolves to the rows of one tenant, or of all tenants for `null`. */
  list(tenant: string | null): Promise<AccountRow[]>;
  /** Writes the row, in place of one with the same key. */
  save(row: AccountRow): Promise<void>;
  /** Writes `next` and the status ACTIVE, if the encrypted refresh token is still `expected`; otherwise resolves to false. */
  swap(key: AccountKey, expected: string | null, next: TokenSwap): Promise<boolean>;
  /** Writes `at` to `refreshStartedAt`, if the encrypted refresh token is still `expected`; otherwise resolves to false. */
  beginRefresh(key: AccountKey, expected: string | null, at: number): Promise<boolean>;
  /** Sets the status, if the encrypted refresh token is still `expected`; otherwise resolves to false. */
  setStatus(key: AccountKey, expected: string | null, status: AccountStatus): Promise<boolean>;
  /** Deletes the row; resolves to false when there is none. */
  remove(key: AccountKey): Promise<boolean>;
  /**
   * Optional: resolves to up to `limit` accounts of all tenants with a key after `after` (`null`: from the first), in an order
   * that does not change when accounts are added or removed. Without it, `list(null)` is called for each page.
   */
  listPage?(after: AccountKey | null, limit: number): Promise<AccountPage>;
  /**
   * Optional: replaces the encrypted tokens, and no other column, if both still are `expected`. Without it
   * `resealAccounts` rejects with CONFIG.
   */
  reseal?(key: AccountKey, expected: SealedPair, next: SealedPair): Promise<boolean>;
  /**
   * Optional: sets the status, and no other column, if it is still `from`. Without it only logins and refreshes change the
   * status.
   */
  mark?(key: AccountKey, from: AccountStatus, to: AccountStatus): Promise<boolean>;
  /**
   * Optional, with `releaseLease` and `expireLeases`: acquires the lease `name` for `owner` until `now + ttlMs` if it is free, ended
   * at or before `now`, or is `owner`'s already; otherwise resolves to false. Leases only save calls: without them several processes
   * may do the same work at once, and conditional writes decide whose work counts.
   */
  acquireLease?(name: string, owner: string, now: number, ttlMs: number): Promise<boolean>;
  /** Releases the lease if it is still `owner`'s. */
  releaseLease?(name: string, owner: string): Promise<void>;
  /** Deletes every lease that ended before `before`. */
  expireLeases?(before: number): Promise<void>;
  /**
   * Optional, with the next three: stores metrics, and distributes the accounts among workers. Claims those of `accounts` whose metrics of
   * the day are neither fresh (`readAt` at `freshSince` or later) nor claimed by another owner (a claim ends at `now + ttlMs`), each at
   * most once across all workers, and resolves to them. Metrics that are not fresh remain until they are replaced.
   */
  claimMetrics?(claim: MetricsClaim, accounts: AccountKey[]): Promise<AccountKey[]>;
  /** Releases `owner`'s claims. */
  releaseMetrics?(day: string, owner: string, accounts: AccountKey[]): Promise<void>;
  /** Writes rows and ends the claims on them. Keeps an existing row of the same account and day whose `readAt` is later. */
  saveMetrics?(rows: MetricsRow[]): Promise<void>;
  /** Resolves to the rows of an account between two days (both included). */
  metricsBetween?(key: AccountKey, from: string, to: string): Promise<MetricsRow[]>;
  /**
   * Optional, with `requestsAfter`: stores requests that count for a day (the quota policy `planned`), so that the counts survive a
   * restart. Identical requests count individually. Requests that TikTok answered at `forgetUntil` or before may be deleted. Not called
   * when a Redis counts.
   */
  logRequests?(requests: CountedRequest[], forgetUntil: number): Promise<void>;
  /** Resolves to all requests that TikTok answered after `after`, in any order. */
  requestsAfter?(after: number): Promise<CountedRequest[]>;
}
