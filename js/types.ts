import type { ErrorCode, ToklinkError } from './errors.js';
import type { PrivacyLevel } from './types/publish.js';
import type { QuotaKind, QuotaWindow } from './types/quota.js';
import type { Store } from './store-types.js';
import type { Account, AccountKey } from './types/account.js';

export type { JournalStore, PublishRow } from './journal-types.js';
export type { CountedRequest, QuotaCheck, QuotaKind, QuotaWindow } from './types/quota.js';
export type * from './metrics-types.js';
export type * from './types/account.js';
export type * from './types/publish.js';

/** Options of a client. An absent option is read from the environment variable that its description names. */
export interface ClientOptions {
  /** Default: TIKTOK_CLIENT_KEY. */
  clientKey?: string;
  /** Default: TIKTOK_CLIENT_SECRET. */
  clientSecret?: string;
  /** Default: TIKTOK_CALLBACK_URL. */
  callbackUrl?: string;
  /** 64 hex digits or base64 of 32 bytes. Default: TOKEN_ENCRYPTION_KEY. */
  encryptionKey?: string;
  /** `kid:hex,kid:hex`; the first key encrypts, all keys decrypt. Default: TOKEN_ENCRYPTION_KEYS. */
  encryptionKeys?: string;
  /** Decrypts values that the dashboard's old code encrypted; they are not bound to a row. Default false. */
  acceptLegacy?: boolean;
  /** Must be https or on loopback. Default: TIKTOK_API_BASE_URL, else https://open.tiktokapis.com. */
  apiBaseUrl?: string;
  /** Must be https or on loopback. Default: TIKTOK_AUTH_BASE_URL, else https://www.tiktok.com. */
  authBaseUrl?: string;
  /**
   * Lets `relay` read from loopback addresses, even without TLS. Default false, even when `apiBaseUrl` is on loopback. Set it only in
   * tests with a video host on this machine: a user who supplies a video URL could otherwise reach services on this machine.
   */
  relayFromLoopback?: boolean;
  /**
   * A PEM file of certificate authorities to trust, such as that of a corporate proxy, in addition to the built-in ones and to those in
   * NODE_EXTRA_CA_CERTS and SSL_CERT_FILE. Applies to TikTok, Redis and relayed videos. Default: TIKTOK_CA_FILE.
   */
  caFile?: string;
  /**
   * The proxy for requests to TikTok: `http://host:port` or `https://host:port`, with `user:password@` before the host if needed.
   * Default: the proxy of the environment, except for an API host on loopback. `relay` uses no proxy.
   */
  proxyUrl?: string;
  /** Milliseconds that a connection to TikTok may take, including the DNS lookup and TLS. Default 10000. */
  connectTimeoutMs?: number;
  /**
   * Milliseconds that one request to TikTok may take, including its response; at most 20000 apply to token requests. The transfer of
   * a video has a separate limit, which depends on its size. Default 30000.
   */
  requestTimeoutMs?: number;
  /**
   * The maximum total rate of all uploads of this client, in bytes per second, at least 10000. TikTok accepts the bytes of one video
   * for an hour. Default: no limit.
   */
  maxUploadBytesPerSecond?: number;
  /** Stores accounts in memory (default), in one SQLite file, or in the host's own store. */
  store?: 'memory' | { sqlite: string } | Store;
  /**
   * `standard` (default): TikTok's documented limits, and 24 uploads per account and day. `planned` adds 100 profile reads and
   * 100 video pages per account and day, as in the dashboard's first plan. `documented`: TikTok's documented limits only.
   */
  quotaPolicy?: 'standard' | 'planned' | 'documented';
  /**
   * Counts requests in this Redis for all processes that use it (`redis://`, `redis-cluster://`, `redis-sentinel://`, or with
   * `rediss` for TLS: docs/QUOTAS.md); `false` uses no Redis, even when the environment names one. Default: TOKLINK_REDIS_URL; else the Redis of REDIS_URL, if it responds and its eviction policy is
   * `noeviction` or `volatile-*` (otherwise the event `redisIgnored`); else each process counts its own requests.
   */
  redisUrl?: string | false;
  /**
   * Sets how long profiles (default 3600 s) and pages of videos (default 30 s) are cached; 0 disables caching. Creator info
   * is never cached.
   */
  cache?: { userInfoSec?: number; videosSec?: number };
  /**
   * Sets how long the journal keeps a publish after it ended, in seconds; default 30 days, at least one day (86400). During this time,
   * an idempotency key finds its publish. A key that is used later, or after the account was disconnected, posts again. The client
   * deletes older rows itself, at most once an hour. It keeps them one day longer, because the clocks of two machines may differ.
   */
  journalRetentionSec?: number;
}

/** A started login. */
export interface LoginStart {
  /** Redirect the browser to this URL. */
  authorizeUrl: string;
  /** TikTok passes it to the callback. Valid once. */
  state: string;
  /** Set this cookie (httpOnly, sameSite lax, secure on https) in the response that redirects the browser. */
  cookie: { name: string; value: string; maxAgeSec: number };
}

/** The content of a login state, before the code is exchanged. Use it to check the user's permission again. */
export interface LoginInspection {
  /** The tenant that the account is for. */
  tenant: string;
  /** The host's user who started the login. */
  userId: string;
  /** The path to redirect to. */
  returnTo: string | null;
  /** The cookie to delete. */
  cookieName: string;
}

/** A completed login. */
export interface LoginResult extends LoginInspection {
  account: Account;
  requestedScopes: string[];
  /** Requested scopes that the user did not grant. */
  missingScopes: string[];
}

/** The progress of `resealAccounts`. */
export interface ResealProgress {
  /** Accounts that were processed. */
  done: number;
  /** Accounts in the store; `null` when the store does not report this number. */
  total: number | null;
  /** Accounts that were encrypted with the current key and format. */
  resealed: number;
  /** Accounts that already had the current key and format. */
  current: number;
  /** Accounts without tokens: disconnected ones, and those erased during the run. */
  skipped: number;
  /** Accounts that could not be decrypted or written; they are unchanged. */
  failed: number;
}

/** The result of `resealAccounts`. */
export interface ResealReport extends ResealProgress {
  /** The first hundred failures. */
  failures: { tenant: string; accountId: string; code: ErrorCode; message: string }[];
  /** The name of the current encryption key. */
  sealingKey: string;
  /** The number of accounts that need each key, by key name. A key that is absent here is safe to remove while `legacy` is 0. */
  keys: Record<string, number>;
  /** Accounts with a value that is encrypted with a key other than `sealingKey`. */
  olderKey: number;
  /** Accounts with a value in the dashboard's old format. At 0, `acceptLegacy` is safe to turn off. */
  legacy: number;
  /** Accounts with a token in plaintext. */
  clearText: number;
  /**
   * Accounts that are not yet in the requested format under the first key. Accounts whose tokens no key decrypts are not counted
   * here; they are in `failures`.
   */
  outstanding: number;
  /** The `after` of the next run when the time limit stopped this one; `null` when all accounts are done. */
  next: { tenant: string; accountId: string } | null;
}

/** Options of `resealAccounts`. */
export interface ResealOptions {
  /** Stops the run; accounts that are already processed keep their new values. */
  signal?: AbortSignal;
  /** Called with the progress. Must return quickly. */
  onProgress?: (progress: ResealProgress) => void;
  /** Reads and reports only; writes nothing. */
  checkOnly?: boolean;
  /** Also encrypts tokens that an old installation stored in plaintext. No other operation accepts stored plaintext. */
  acceptClearText?: boolean;
  /**
   * The format to write. `legacy` is the dashboard's old format (`ivHex:authTagHex:cipherHex`) with the first key, for a return to
   * the dashboard's own code. Its values are not bound to a row, and a client decrypts them only with `acceptLegacy`. Default `current`.
   */
  format?: 'current' | 'legacy';
  /** Starts after this account, the `next` of an earlier run. Default: starts with the first account. */
  after?: { tenant?: string; accountId: string };
  /** Stops after this many milliseconds; pass the report's `next` as `after` to continue. Default: no limit. */
  timeLimitMs?: number;
}

/** An event of an account, of the keys or of Redis. `at` is ISO 8601, UTC. */
export type ClientEvent =
  | { type: 'refreshed'; account: AccountKey; at: string; tokenExpiresAt: string }
  | { type: 'refreshFailed'; account: AccountKey; at: string; error: ToklinkError }
  /** TikTok rejected a refresh token before its expiry, because the user or TikTok revoked the grant. */
  | { type: 'revoked'; account: AccountKey; at: string }
  | { type: 'scopesReduced'; account: AccountKey; at: string; lost: string[]; scopes: string[] }
  /** `resealAccounts` finished, and no account needs this key any longer. */
  | { type: 'keyRetired'; key: string; at: string }
  /** Usage of a window reached `percent` (80 or 95). Emitted once for each threshold, and again after usage fell below half. */
  | {
      type: 'quotaWarning';
      account: AccountKey;
      at: string;
      kind: QuotaKind;
      windowMs: number;
      limit: number;
      count: number;
      percent: 80 | 95;
    }
  /** The Redis that counts requests does not respond or has lost its counts. `sharing`: this process now counts its own requests. */
  | { type: 'redisUnavailable'; at: string; sharing: boolean }
  /** The Redis responds again and has counted the requests that this process sent without it. */
  | { type: 'redisAvailable'; at: string }
  /**
   * The client does not use the Redis of REDIS_URL, so each process counts its own requests; `reason` contains the reason and the fix.
   * Emitted at most once, by the first request.
   */
  | { type: 'redisIgnored'; at: string; reason: string }
  /**
   * A call for an account has ended: TikTok responded, or the request failed. Emitted once for each call, whichever part of toklink
   * made it. Retries belong to the same call, and a cached result is not a call. `operation` is the endpoint, such as `userInfo` or
   * `videoInit`; `accessToken` when no token was available. `quota` is the window with the fewest remaining requests among those that
   * count the call, as far as this process knows. `prismaHealth` of `toklink/prisma` adds the host's row id.
   */
  | { type: 'called'; account: AccountKey; at: string; operation: string; error: ToklinkError | null; quota: QuotaWindow | null }
  /** The listener was too slow: `count` events were dropped before the next one. */
  | { type: 'lagged'; count: number };

/** Tokens in clear text, as `exchangeCode` and `refreshTokens` return them. Never log them. */
export interface TokenSet {
  accessToken: string;
  refreshToken: string | null;
  openId: string;
  scopes: string[];
  tokenType: string;
  /** ISO 8601, UTC. */
  expiresAt: string;
  /** ISO 8601, UTC. */
  refreshExpiresAt: string | null;
}

/** A TikTok profile. A field is `null` when its scope is not granted or TikTok omits it. */
export interface UserInfo {
  /** The user's id for this app. */
  openId: string;
  /** The user's id for all apps of the same developer. */
  unionId: string | null;
  displayName: string;
  username: string | null;
  avatarUrl: string | null;
  bioDescription: string | null;
  profileDeepLink: string | null;
  isVerified: boolean | null;
  followerCount: number | null;
  followingCount: number | null;
  likesCount: number | null;
  videoCount: number | null;
}

/** A public video with its lifetime counts. */
export interface Video {
  /** 19 digits; a string, because it exceeds 2^53. */
  id: string;
  title: string;
  videoDescription: string;
  /** Seconds. */
  durationSec: number;
  /** ISO 8601, UTC. */
  createdAt: string;
  coverImageUrl: string | null;
  shareUrl: string | null;
  embedLink: string | null;
  width: number | null;
  height: number | null;
  viewCount: number;
  likeCount: number;
  commentCount: number;
  shareCount: number;
}

/** One page of videos. */
export interface VideoPage {
  videos: Video[];
  /** The `cursor` of the next page; `null` on the last page. */
  nextCursor: number | null;
}

/** The settings that a creator may use for the next post. */
export interface CreatorInfo {
  username: string;
  nickname: string;
  avatarUrl: string | null;
  /** The privacy levels to choose from. */
  privacyLevelOptions: PrivacyLevel[];
  /** True when the creator does not allow comments. */
  commentDisabled: boolean;
  /** True when the creator does not allow duets. */
  duetDisabled: boolean;
  /** True when the creator does not allow stitches. */
  stitchDisabled: boolean;
  maxVideoPostDurationSec: number;
}

export type * from './types/close.js';
export type * from './store-types.js';
export type * from './types/webhook.js';
