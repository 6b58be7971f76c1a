import type { ErrorCode } from './errors.js';
import type { AccountKey, AccountRef } from './types/account.js';

/** Lifetime metrics at the time of the call; TikTok does not report history. Sums and rates cover the newest videos. */
export interface AccountMetrics {
  followers: number;
  following: number;
  likes: number;
  videoCount: number;
  /** The number of newest videos that the following sums and rates cover. */
  videosRead: number;
  views: number;
  videoLikes: number;
  comments: number;
  shares: number;
  /** Average views of one video; 0 without videos. */
  viewsPerVideo: number;
  /** Likes in percent of the views; 0 without views. */
  likeRate: number;
  /** Comments in percent of the views; 0 without views. */
  commentRate: number;
  /** Shares in percent of the views; 0 without views. */
  shareRate: number;
  /** Percent: (likes + comments + shares) / views * 100 over the videos read. */
  engagementRate: number;
  /** ISO 8601, UTC. */
  readAt: string;
}

/** The change of lifetime metrics from one day to a later one; days are `2026-11-23`, UTC. */
export interface Growth {
  from: string;
  to: string;
  /** The number of days from `from` to `to`. */
  days: number;
  /** True when `from` is the requested day. False when that day has no metrics, so that `from` is the nearest earlier day with metrics. */
  exact: boolean;
  followers: number;
  /** The change in percent of the initial count; `null` when the initial count was 0. */
  followersPercent: number | null;
  following: number;
  likes: number;
  videoCount: number;
}

/** The metrics of one day. */
export interface MetricsPoint extends AccountMetrics {
  day: string;
  /** The change since the previous point; `null` for the first. */
  growth: Growth | null;
}

/** The stored metrics of an account over several days, with their growth. `collectMetrics` stores them. */
export interface MetricsHistory {
  from: string;
  to: string;
  /** Each day with metrics, the oldest first. */
  points: MetricsPoint[];
  /** Ranges of days without metrics between the points. */
  gaps: { from: string; to: string; days: number }[];
  /** Growth over the day before the last point; `null` without earlier metrics. */
  day: Growth | null;
  /** Growth over the 7 days before the last point; `null` without earlier metrics. */
  week: Growth | null;
  /** Growth over the 30 days before the last point; `null` without earlier metrics. */
  month: Growth | null;
}

/** The progress of `collectMetrics`. */
export interface CollectProgress {
  /** Accounts whose metrics this run stored. */
  collected: number;
  /** Accounts whose stored metrics are not older than `maxAgeMs`, or whose metrics another worker is collecting. */
  current: number;
  /** Accounts that cannot be read until their user connects again. */
  skipped: number;
  /** Accounts that could not be read; the next run retries them. */
  failed: number;
  /** All selected accounts; `null` when the store does not report their number. */
  total: number | null;
}

/** The result of `collectMetrics`. */
export interface CollectReport extends CollectProgress {
  /** The UTC day of the metrics. */
  day: string;
  /** `false` when the run was stopped or reached its limit; start another run to continue. */
  complete: boolean;
  /**
   * The first hundred failures. `cause` is an error from the host's own store, for the host's log. It is not enumerable, so the
   * report's JSON does not contain it.
   */
  failures: { tenant: string; accountId: string; code: ErrorCode; message: string; cause?: unknown }[];
}

/** Options of `collectMetrics`. */
export interface CollectOptions {
  /** Accounts of this tenant only. */
  tenant?: string;
  /** These accounts only. */
  accounts?: AccountRef[];
  /** The maximum number of accounts to read at the same time: 1 to 100, default 16. */
  maxConcurrency?: number;
  /** The maximum number of accounts that this run reads; the next run continues. */
  limit?: number;
  /**
   * Also reads accounts whose metrics of today are older than this, in milliseconds, and replaces the metrics. Use less than the
   * job's interval, for example 600000 for a job that runs every 15 minutes. Default: each account once a day (UTC).
   */
  maxAgeMs?: number;
  /** Stops the run early. Metrics that were read are kept, and the report has `complete: false`. */
  signal?: AbortSignal;
  /** Called with the progress. Must return quickly. */
  onProgress?: (progress: CollectProgress) => void;
}

/** The stored metrics of one account on one day (`2026-11-23`, UTC). Numbers can exceed 2^31. */
export interface MetricsRow extends AccountKey {
  day: string;
  followers: number;
  following: number;
  likes: number;
  videoCount: number;
  videosRead: number;
  views: number;
  videoLikes: number;
  comments: number;
  shares: number;
  /** Milliseconds since 1970-01-01 UTC. */
  readAt: number;
}

/** Requests the exclusive right to collect a day's metrics for a limited time. Times are milliseconds since 1970-01-01 UTC. */
export interface MetricsClaim {
  day: string;
  /** The id of the worker that requests the claim. */
  owner: string;
  now: number;
  /** The claim ends at `now + ttlMs`. */
  ttlMs: number;
  /** Metrics of the day with a `readAt` of this time or later are fresh; accounts with older metrics are claimed and read again. */
  freshSince: number;
}

/** Stores metrics, one row for each account and day, and divides the accounts between workers. */
export interface MetricsStore {
  /**
   * Claims each of `accounts` whose metrics of the day are neither fresh (`readAt` at `freshSince` or later) nor claimed by another owner
   * (a claim ends at `now + ttlMs`), and resolves to the claimed accounts. Of concurrent workers, only one may claim an account. Metrics
   * that are not fresh stay stored until `save` replaces them.
   */
  claim(claim: MetricsClaim, accounts: AccountKey[]): Promise<AccountKey[]>;
  /** Releases `owner`'s claims on `accounts`. */
  release(day: string, owner: string, accounts: AccountKey[]): Promise<void>;
  /** Writes rows and ends the claims on their accounts. Keeps an existing row of the same account and day with a later `readAt`. */
  save(rows: MetricsRow[]): Promise<void>;
  /** Resolves to an account's rows between two days, both included. */
  range(key: AccountKey, from: string, to: string): Promise<MetricsRow[]>;
}
