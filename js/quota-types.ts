export type QuotaKind =
  | 'userInfo'
  | 'videoList'
  | 'videoQuery'
  | 'creatorInfo'
  | 'publishInit'
  | 'publishStatus'
  | 'videoUpload';

export interface QuotaStatus {
  kind: QuotaKind;
  windowMs: number;
  limit: number;
  count: number;
  remaining: number;
  /** ISO 8601, UTC: when the next slot frees. */
  resetAt: string;
  /** Where this was counted: `memory share` is what this process alone sent, when Redis is away or was not asked. */
  source: 'memory' | 'redis' | 'memory share';
}

/** A request that counts for a day, as a store keeps it. */
export interface CountedRequest {
  /** The window that it counts in: toklink's own name for it, of at most 100 ASCII characters. It names no account. */
  window: string;
  /** When TikTok had answered it, in milliseconds since 1970-01-01 UTC. */
  at: number;
}

export interface QuotaCheck {
  allowed: boolean;
  /** Milliseconds until such a request is let through if nobody asks before; 0 when it is now. */
  retryAfterMs: number;
}
