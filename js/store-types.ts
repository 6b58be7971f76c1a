import type { JournalStore } from './journal-types.js';
import type { MetricsStore } from './metrics-types.js';
import type { AccountKey, AccountStatus } from './types/account.js';
import type { CountedRequest } from './types/quota.js';

/** An account as a store keeps it, with encrypted tokens. */
export interface AccountRow {
  tenant: string;
  accountId: string;
  displayName: string;
  username: string | null;
  avatarUrl: string | null;
  /** The granted scopes. Empty means unknown: toklink then sends the request, and TikTok decides. */
  scopes: string[];
  /** The scopes that the login requested. A store may omit them; `missingScopes` is then empty. */
  requestedScopes?: string[];
  accessTokenSealed: string;
  refreshTokenSealed: string | null;
  /** Milliseconds since 1970-01-01 UTC, like all times in this interface. */
  accessExpiresAt: number;
  refreshExpiresAt: number | null;
  status: AccountStatus;
  connectedAt: number;
  /** The host's user who connected the account. */
  connectedBy: string;
  /** The start of a refresh whose result is not stored yet; otherwise `null`. */
  refreshStartedAt: number | null;
}

/** Selects a page of accounts. */
export interface AccountQuery {
  /** One tenant; `null` selects the accounts of all tenants. */
  tenant: string | null;
  /** The last account of the previous page; `null` selects the first page. */
  after: AccountKey | null;
  /** The maximum number of accounts in the page. */
  limit: number;
}

/** One page of accounts, ordered by key. */
export interface AccountPage {
  rows: AccountRow[];
  /** The number of accounts in the whole store. Omit it when counting is expensive, or when the query selects one tenant. */
  total?: number;
  /** The number of disconnected accounts that the whole store keeps without tokens and omits from its pages. Default 0. */
  withoutTokens?: number;
}

/** The stored values on which an update depends: the encrypted refresh token, both encrypted tokens, or the status. */
export type ExpectedValues = Partial<Pick<AccountRow, 'accessTokenSealed' | 'refreshTokenSealed' | 'status'>>;

/** The values that an update writes. An absent field keeps its stored value; `null` is written. */
export type AccountPatch = Partial<
  Pick<
    AccountRow,
    | 'accessTokenSealed'
    | 'refreshTokenSealed'
    | 'accessExpiresAt'
    | 'refreshExpiresAt'
    | 'scopes'
    | 'status'
    | 'refreshStartedAt'
  >
>;

/** Stores accounts. */
export interface AccountStore {
  /** Resolves to the row, or to `null` when there is none. */
  load(key: AccountKey): Promise<AccountRow | null>;
  /**
   * Resolves to up to `limit` accounts whose key comes after `after`. Their order depends on the keys only, so that it does not change
   * when accounts are added or removed. An empty page is the last one.
   */
  list(query: AccountQuery): Promise<AccountPage>;
  /** Writes the row after a login. Replaces a row with the same key. */
  put(row: AccountRow): Promise<void>;
  /** Writes the fields of `patch` in one atomic step if the row has all values of `expected`; otherwise resolves to false. */
  update(key: AccountKey, expected: ExpectedValues, patch: AccountPatch): Promise<boolean>;
  /** Deletes the row, and its metrics when they are in the same store; resolves to false when the row does not exist. */
  remove(key: AccountKey): Promise<boolean>;
}

/** Stores leases, which let one process work while the others wait. They only avoid duplicate calls; no guarantee depends on them. */
export interface LeaseStore {
  /**
   * Acquires the lease `name` for `owner` until `now + ttlMs` if it is free, has ended at or before `now`, or already belongs to
   * `owner`; otherwise resolves to false.
   */
  acquire(name: string, owner: string, now: number, ttlMs: number): Promise<boolean>;
  /** Releases the lease if it still belongs to `owner`. */
  release(name: string, owner: string): Promise<void>;
  /** Deletes all leases that ended before `before`. */
  expire(before: number): Promise<void>;
}

/** Stores the requests of daily quota windows, so that the counts survive a restart. Not called when Redis counts requests. */
export interface UsageStore {
  /** Adds requests. Identical requests count separately. May delete requests that TikTok answered at `forgetUntil` or before. */
  append(requests: CountedRequest[], forgetUntil: number): Promise<void>;
  /** Resolves to all requests that TikTok answered after `after`, in any order. */
  since(after: number): Promise<CountedRequest[]>;
}

/**
 * A host's own store, which consists of five interfaces. Every promise must settle within 5 s, and its write must be durable when it
 * resolves. A method must not call the client for the same account; the client rejects such a call. `'memory'` keeps the data of one
 * interface in this process. `storeConformance` of `toklink/testing` checks a store.
 */
export interface Store {
  accounts: AccountStore;
  /** `'memory'`: an idempotency key posts again in another process and after a restart. */
  journal: JournalStore | 'memory';
  /** `'memory'`: several processes may do the same work at once; conditional writes decide which result is stored. */
  leases: LeaseStore | 'memory';
  /** `'memory'`: the history is lost when the process ends. */
  metrics: MetricsStore | 'memory';
  /** `'memory'`: daily counts start at 0 after a restart, unless Redis counts requests. */
  usage: UsageStore | 'memory';
}
