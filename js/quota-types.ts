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

export interface QuotaCheck {
  allowed: boolean;
  /** Milliseconds until such a request is let through if nobody asks before; 0 when it is now. */
  retryAfterMs: number;
}
