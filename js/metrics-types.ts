import type { ErrorCode } from './errors.js';
import type { AccountKey, AccountRef } from './types.js';

/** Lifetime figures at the time of the call; TikTok gives no history. */
export interface AccountMetrics {
  followers: number;
  following: number;
  likes: number;
  videoCount: number;
  /** How many of the newest videos the following sums and rates are over. */
  videosRead: number;
  views: number;
  videoLikes: number;
  comments: number;
  shares: number;
  /** On average; 0 without videos. */
  viewsPerVideo: number;
  /** Percent of the views that were liked; 0 without views, as the next ones. */
  likeRate: number;
  commentRate: number;
  shareRate: number;
  /** Percent: (likes + comments + shares) / views * 100 over the videos read. */
  engagementRate: number;
  /** ISO 8601, UTC. */
  readAt: string;
}

/** How lifetime figures changed from one day to a later one; days are `2026-11-23`, UTC. */
export interface Growth {
  from: string;
  to: string;
  /** Days between them. */
  days: number;
  /** Whether they are as many as was asked for; if not, that day has no figures and the nearest before it was taken. */
  exact: boolean;
  followers: number;
  /** `null` when there were none at the beginning. */
  followersPercent: number | null;
  following: number;
  likes: number;
  videoCount: number;
}

/** The figures of one day. */
export interface MetricsPoint extends AccountMetrics {
  day: string;
  /** What changed since the figures before it; `null` for the first. */
  growth: Growth | null;
}

/** What became of an account's figures, as `collectMetrics` stored them. */
export interface MetricsHistory {
  from: string;
  to: string;
  /** Each day that has figures, the oldest first. */
  points: MetricsPoint[];
  /** Days between the points that have none. */
  gaps: { from: string; to: string; days: number }[];
  /** Growth over the day, the 7 and the 30 days before the last point; `null` without earlier figures. */
  day: Growth | null;
  week: Growth | null;
  month: Growth | null;
}

export interface CollectProgress {
  /** Accounts whose figures of the day are now stored. */
  collected: number;
  /** Accounts whose figures were there and not older than `maxAgeMs`, or are being collected by another worker. */
  current: number;
  /** Accounts that cannot be read until their user connects again. */
  skipped: number;
  /** Accounts that could not be read; the next run tries them again. */
  failed: number;
  total: number | null;
}

export interface CollectReport extends CollectProgress {
  /** The day (UTC) that the figures are of. */
  day: string;
  /** `false` when the sweep was stopped or reached its limit: start it again to go on. */
  complete: boolean;
  /**
   * The first hundred failures. `cause` is what the host's own store rejected with, for the host's log: it is not enumerable, so that
   * no JSON of the report holds it.
   */
  failures: { tenant: string; accountId: string; code: ErrorCode; message: string; cause?: unknown }[];
}

export interface CollectOptions {
  /** Accounts of this tenant only. */
  tenant?: string;
  /** These accounts only. */
  accounts?: AccountRef[];
  /** Accounts that are read at once: 1 to 100, default 16. */
  atOnce?: number;
  /** The most accounts that this run reads; the next run goes on. */
  limit?: number;
  /**
   * Reads accounts whose figures of today are older than this, in milliseconds, and replaces the figures. Give a little less
   * than the interval of the job: 600000 for one that runs every 15 minutes. Default: each account once a day (UTC).
   */
  maxAgeMs?: number;
  /** Ends the run early; what was read is kept, and the report says `complete: false`. */
  signal?: AbortSignal;
  onProgress?: (progress: CollectProgress) => void;
}

/** The figures of one account on one day (`2026-11-23`, UTC). Numbers can be above 2^31. */
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

/** Who wants to collect the figures of a day, and for how long nobody else shall. */
export interface MetricsClaim {
  day: string;
  owner: string;
  now: number;
  ttlMs: number;
  /** Figures of the day with a `readAt` of this time or later are fresh; older ones are claimed and read again. */
  freshSince: number;
}
