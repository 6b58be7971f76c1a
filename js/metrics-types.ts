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
  /** Days between them. */
  days: number;
  /** True when the interval is the requested one. Otherwise its first day has no metrics, and the nearest earlier day was used. */
  exact: boolean;
  followers: number;
  /** Change in percent of the initial count; `null` when that was 0. */
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
  /** Accounts whose metrics of the day this run stored. */
  collected: number;
  /** Accounts whose metrics were stored already and not older than `maxAgeMs`, or are being collected by another worker. */
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
   * The first hundred failures. `cause` is the error of the host's own store, for the host's log. It is not enumerable, so
   * JSON of the report does not contain it.
   */
  failures: { tenant: string; accountId: string; code: ErrorCode; message: string; cause?: unknown }[];
}

/** Options of `collectMetrics`. */
export interface CollectOptions {
  /** Accounts of this tenant only. */
  tenant?: string;
  /** These accounts only. */
  accounts?: AccountRef[];
  /** The maximum number of accounts that are read at the same time: 1 to 100, default 16. */
  maxConcurrency?: number;
  /** The maximum number of accounts that this run reads; the next run continues. */
  limit?: number;
  /**
   * Also reads accounts whose metrics of today are older than this, in milliseconds, and replaces the metrics. Use a little less
   * than the interval of the job: 600000 for one that runs every 15 minutes. Default: each account once a day (UTC).
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

/** A request for the exclusive right to collect the metrics of a day for a limited time. Times are milliseconds since 1970-01-01 UTC. */
export interface MetricsClaim {
  day: string;
  /** The id of the worker that collects. */
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
   * Claims those of `accounts` whose metrics of the day are neither fresh (`readAt` at `freshSince` or later) nor claimed by another owner
   * (a claim ends at `now + ttlMs`), each at most once over all workers, and resolves to them. Metrics that are not fresh stay until they are
   * replaced.
   */
  claim(claim: MetricsClaim, accounts: AccountKey[]): Promise<AccountKey[]>;
  /** Releases `owner`'s claims. */
  release(day: string, owner: string, accounts: AccountKey[]): Promise<void>;
  /** Writes rows and ends the claims on them. Keeps an existing row of the same account and day whose `readAt` is later. */
  save(rows: MetricsRow[]): Promise<void>;
  /** Resolves to the rows of an account between two days (both included). */
  range(key: AccountKey, from: string, to: string): Promise<MetricsRow[]>;
}
