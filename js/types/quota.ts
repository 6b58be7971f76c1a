/** The kinds of requests that have limits. `videoUpload` counts videos, photo posts and drafts in addition to `publishInit`. */
export type QuotaKind =
  | 'userInfo'
  | 'videoList'
  | 'videoQuery'
  | 'creatorInfo'
  | 'publishInit'
  | 'publishStatus'
  | 'videoUpload';

/** The usage of one window. */
export interface QuotaWindow {
  kind: QuotaKind;
  /** The length of the window, in milliseconds. */
  windowMs: number;
  /** The maximum number of requests in the window. */
  limit: number;
  /** The requests counted in the window. */
  count: number;
  /** The requests that the limit still allows. */
  remaining: number;
  /** ISO 8601, UTC: the time at which `remaining` increases. */
  resetAt: string;
  /** The source of the count. `memory`: only the requests of this process. */
  source: 'memory' | 'redis';
}

/** A request of a daily quota window, as a store keeps it. */
export interface CountedRequest {
  /** toklink's name for the window, at most 100 ASCII characters. It does not contain the account id. */
  window: string;
  /** The time of TikTok's response, in milliseconds since 1970-01-01 UTC. */
  at: number;
}

/** The result of `checkQuota`. */
export interface QuotaCheck {
  /** True when the limits allow a request now. */
  allowed: boolean;
  /** Milliseconds until the limits allow a request, if no other request is sent until then; 0 when they allow one now. */
  retryAfterMs: number;
}
