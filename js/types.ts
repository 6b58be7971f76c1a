import type { ErrorCode, ErrorJson, ToklinkError } from './errors.js';
import type { PublishRow } from './journal-types.js';
import type { QuotaKind, QuotaStatus } from './quota-types.js';
import type { AccountKey, AccountStore } from './store-types.js';

export type { PublishJournal, PublishRow } from './journal-types.js';
export type { CountedRequest, QuotaCheck, QuotaKind, QuotaStatus } from './quota-types.js';
export type * from './metrics-types.js';

/** Names one connected account: TikTok's open_id, within a tenant (a workspace of the host; `''` when it has none). */
export type AccountRef = string | { tenant?: string; accountId: string };

export type AccountStatus = 'ACTIVE' | 'EXPIRED' | 'ERROR' | 'RATE_LIMITED' | 'RESTRICTED' | 'DISCONNECTED';

export type PrivacyLevel = 'PUBLIC_TO_EVERYONE' | 'MUTUAL_FOLLOW_FRIENDS' | 'FOLLOWER_OF_CREATOR' | 'SELF_ONLY';

/** A connected account as a person sees it; tokens never leave the native side unsealed. */
export interface Account {
  tenant: string;
  accountId: string;
  displayName: string;
  username: string | null;
  avatarUrl: string | null;
  /** The scopes that the user granted; empty while they are not known, until a refresh names them. */
  scopes: string[];
  /** The scopes that the login asked for; empty for a row that does not say. */
  requestedScopes: string[];
  /** Scopes that were asked for and are not granted (any more). */
  missingScopes: string[];
  status: AccountStatus;
  /** ISO 8601, UTC. */
  connectedAt: string;
  /** ISO 8601, UTC: when the access token ends (it is renewed before). */
  tokenExpiresAt: string;
  connectedBy: string;
}

export interface ClientOptions {
  /** Default: TIKTOK_CLIENT_KEY. */
  clientKey?: string;
  /** Default: TIKTOK_CLIENT_SECRET. */
  clientSecret?: string;
  /** Default: TIKTOK_CALLBACK_URL. */
  callbackUrl?: string;
  /** 64 hex digits or base64 of 32 bytes. Default: TOKEN_ENCRYPTION_KEY. */
  encryptionKey?: string;
  /** `kid:hex,kid:hex`; the first seals, all open. Default: TOKEN_ENCRYPTION_KEYS. */
  encryptionKeys?: string;
  /** Opens values that the dashboard's old code sealed (no row binding). Default false. */
  acceptLegacy?: boolean;
  /** Default: TIKTOK_API_BASE_URL, else https://open.tiktokapis.com. https, or loopback. */
  apiBaseUrl?: string;
  /** Default: TIKTOK_AUTH_BASE_URL, else https://www.tiktok.com. https, or loopback. */
  authBaseUrl?: string;
  /**
   * Lets `relay` read from loopback addresses, also without TLS. Default false, also when `apiBaseUrl` is on loopback. For
   * tests with a video host on this machine: whoever names the address of a video can otherwise reach its services.
   */
  relayFromLoopback?: boolean;
  /**
   * A PEM file with the certificates of authorities to trust, such as that of a corporate proxy, in addition to the built-in
   * ones and to those of NODE_EXTRA_CA_CERTS and SSL_CERT_FILE. For TikTok, Redis and relayed videos. Default: TIKTOK_CA_FILE.
   */
  caFile?: string;
  /** Where accounts live: nowhere beyond this process (default), one SQLite file, or the host's own store. */
  store?: 'memory' | { sqlite: string } | AccountStore;
  /**
   * `standard` (default): TikTok's documented limits, and 24 uploads per account and day. `planned` adds 100 profile reads and
   * 100 video pages per account and day, as the dashboard's first plan had them. `documented`: TikTok's documented limits only.
   */
  quotaPolicy?: 'standard' | 'planned' | 'documented';
  /**
   * Counts requests in this Redis for all processes that use it (`redis://`, `rediss://`); `false` uses none, whatever the
   * environment names. Default: TOKLINK_REDIS_URL; else the Redis of REDIS_URL, if it answers and its eviction policy is
   * `noeviction` or `volatile-*` (otherwise the event `redisIgnored`); else each process counts its own requests.
   */
  redisUrl?: string | false;
  /** While Redis is unavailable, `refuse` (default) sends nothing; `share` divides each limit by `processes`. */
  redisFallback?: 'refuse' | 'share';
  /** The maximum number of processes that use the same Redis. Required with `redisFallback: 'share'`. */
  processes?: number;
  /**
   * How old a profile (default 3600 s) and a page of videos (default 30 s) may be; 0 asks TikTok each time. Creator info
   * is never kept.
   */
  cache?: { userInfoSec?: number; videosSec?: number };
  /**
   * How long the journal keeps a publish after it ended, in seconds; default 30 days, at least one day (86400). It is the
   * time in which an idempotency key still finds its publish: used later, or after the account was disconnected, it posts
   * again. The client deletes older rows itself, at most once an hour and a day late, since the clocks of two machines may be
   * a day apart.
   */
  journalRetentionSec?: number;
}

export interface LoginStart {
  /** Send the browser here. */
  authorizeUrl: string;
  state: string;
  /** Set this cookie (httpOnly, sameSite lax, secure on https) on the browser that is sent away. */
  cookie: { name: string; value: string; maxAgeSec: number };
}

/** What a sealed login state says, before any code is exchanged; use it to ask for permission again. */
export interface LoginInspection {
  tenant: string;
  userId: string;
  returnTo: string | null;
  cookieName: string;
}

export interface LoginResult extends LoginInspection {
  account: Account;
  requestedScopes: string[];
  /** Scopes that were asked for and not granted. */
  missingScopes: string[];
}

/** How far a reseal of all accounts has come. */
export interface ResealProgress {
  /** Accounts that were looked at. */
  done: number;
  /** Accounts in the store; `null` where it does not know. */
  total: number | null;
  resealed: number;
  /** Accounts that needed nothing. */
  current: number;
  /** Accounts without tokens: disconnected ones whose tokens are erased, and those erased before their turn came. */
  skipped: number;
  /** Accounts that would not open or could not be written; they are as they were. */
  failed: number;
}

export interface ResealReport extends ResealProgress {
  /** The first hundred failures. */
  failures: { tenant: string; accountId: string; code: ErrorCode; message: string }[];
  /** The name of the key that seals now. */
  sealingKey: string;
  /** How many accounts need each key, by its name; one that is not here and while `legacy` is 0 is safe to remove. */
  keys: Record<string, number>;
  /** Accounts with a value under another key than the sealing one. */
  olderKey: number;
  /** Accounts with a value of the dashboard's old format; `acceptLegacy` is safe to switch off at 0. */
  legacy: number;
  /** Accounts with a token in clear text. */
  clearText: number;
  /**
   * Accounts that are not in the format that was asked for, under the first key. Those whose tokens open with no key are not
   * among them; they are in `failures`.
   */
  outstanding: number;
  /** The `after` of the next run when the time limit ended this one; `null` when all accounts are done. */
  next: { tenant: string; accountId: string } | null;
}

export interface ResealOptions {
  signal?: AbortSignal;
  onProgress?: (progress: ResealProgress) => void;
  /** Only looks, and writes nothing. */
  checkOnly?: boolean;
  /** Also encrypts tokens that an old installation stored in clear text. Nothing else ever reads clear text. */
  acceptClearText?: boolean;
  /**
   * The format to write. `legacy` is the dashboard's old one (`ivHex:authTagHex:cipherHex`) under the first key, for a return to the
   * dashboard's own code: its values are bound to no row, and a client opens them only with `acceptLegacy`. Default `current`.
   */
  format?: 'current' | 'legacy';
  /** Starts after this account, the `next` of an earlier run. Default: with the first. */
  after?: { tenant?: string; accountId: string };
  /** Ends after this many milliseconds with what is done; `next` then says where to continue. Default: no limit. */
  timeLimitMs?: number;
}

/** What happens to accounts, or to the keys, while nobody waits for it. `at` is ISO 8601, UTC. */
export type ClientEvent =
  | { type: 'refreshed'; account: AccountKey; at: string; tokenExpiresAt: string }
  | { type: 'refreshFailed'; account: AccountKey; at: string; error: ToklinkError }
  /** TikTok refused a refresh token that had time left: the user, or TikTok, ended the grant. */
  | { type: 'revoked'; account: AccountKey; at: string }
  | { type: 'scopesReduced'; account: AccountKey; at: string; lost: string[]; scopes: string[] }
  /** A reseal has ended, and no account needs this key any more. */
  | { type: 'keyRetired'; key: string; at: string }
  /** A request fills a window to `percent` (80 or 95): told once for each mark, again after the window was half empty. */
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
  /** The Redis that counts requests does not answer or has lost its counts. `sharing`: this process counts its requests itself. */
  | { type: 'redisUnavailable'; at: string; sharing: boolean }
  /** The Redis answers again and has counted what this process sent without it. */
  | { type: 'redisAvailable'; at: string }
  /**
   * The Redis of REDIS_URL is not used, so that each process counts its own requests; `reason` says why and what to do. Emitted
   * at most once, by the first request.
   */
  | { type: 'redisIgnored'; at: string; reason: string }
  /**
   * A call for an account ended: TikTok answered, or it could not be asked. Emitted once for each call, by whatever part of toklink
   * made it, its retries included; an answer from the cache is not a call. `operation` is the endpoint, such as `userInfo` or
   * `videoInit`; `accessToken` when there was no token to call with. `quota` is the window with the fewest requests left of those
   * that the call counts in, as far as this process knows. `prismaHealth` of `toklink/prisma` adds the host's row id.
   */
  | { type: 'called'; account: AccountKey; at: string; operation: string; error: ToklinkError | null; quota: QuotaStatus | null }
  /** The process was too busy to listen: so many events were dropped before the next one. */
  | { type: 'missed'; count: number };

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

export interface UserInfo {
  openId: string;
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

export interface Video {
  /** 19 digits; a string, since it is above 2^53. */
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

export interface VideoPage {
  videos: Video[];
  /** Pass to the next call; `null` on the last page. */
  nextCursor: number | null;
}

export interface CreatorInfo {
  username: string;
  nickname: string;
  avatarUrl: string | null;
  privacyLevelOptions: PrivacyLevel[];
  commentDisabled: boolean;
  duetDisabled: boolean;
  stitchDisabled: boolean;
  maxVideoPostDurationSec: number;
}

export interface VideoInfo {
  container: 'mp4' | 'mov' | 'webm';
  mime: string;
  sizeBytes: number;
  durationMs: number | null;
  width: number | null;
  height: number | null;
  /** Degrees clockwise by which players turn the picture: 0, 90, 180 or 270. */
  rotation: number;
  videoCodec: string | null;
  /** Pictures per second, on average. */
  frameRate: number | null;
  /** Whether pictures are shown for clearly different times; null when the headers do not say. */
  variableFrameRate: boolean | null;
  hasAudio: boolean | null;
}

/** One rule of TikTok's that a file breaks, and how to mend it. */
export interface Finding {
  rule: string;
  found: string;
  allowed: string;
  advice: string;
  /** `error`: TikTok would refuse the file; `warning`: it might, or the file does not say. */
  severity: 'error' | 'warning';
}

export interface ProbeReport {
  video: VideoInfo;
  findings: Finding[];
}

/** How a video or photos are shown. */
interface PostSettings {
  /**
   * Required without a default for all but drafts: TikTok's audit wants the person to choose. Must be one of creatorInfo's
   * options.
   */
  privacyLevel?: PrivacyLevel;
  /**
   * Send it to the creator's inbox, who finishes it in TikTok. TikTok then ignores the settings (of photos it keeps title
   * and description), and the outcome's `warnings` name each.
   */
  draft?: boolean;
  allowComment?: boolean;
  /** Paid partnership with a third party. */
  brandContent?: boolean;
  /** Promotes the creator's own business. */
  brandOrganic?: boolean;
  isAigc?: boolean;
}

/**
 * The bytes of a video, or a stream of them with their number. A stream is read once, no faster than TikTok takes it. It must
 * keep an average of 10,000 bytes per second: toklink waits for it at most 60 s altogether, each byte earns 0.1 ms of that
 * back, and all bytes must come within the hour in which TikTok takes them. A slower stream ends the publish with
 * `UNAVAILABLE`.
 */
export type VideoSource =
  | Uint8Array
  | Blob
  | { stream: ReadableStream<Uint8Array> | (AsyncIterable<Uint8Array> & { destroy?: () => unknown }); size: number };

export interface PublishVideoInput extends PostSettings {
  /** Path of an MP4, MOV or WebM file; either this, `source` or `url`. */
  file?: string;
  /** The same as bytes or as a stream, which is destroyed when the publish ends, however it ends. */
  source?: VideoSource;
  /** An https address on a domain that is verified for the app: TikTok fetches it, within one hour. */
  url?: string;
  /**
   * With `url`: whether toklink reads the video there and sends it on as it comes, stored nowhere, instead of TikTok.
   * `ifUnverified` only when TikTok says that the domain is not verified for the app. Default `never`. The host must be
   * public, answer within 30 s, say how long the video is, and keep the pace of a stream (see `VideoSource`).
   */
  relay?: 'never' | 'ifUnverified' | 'always';
  /** Caption, at most 2200 UTF-16 code units. A line break is counted and sent as `\n`, also when given as `\r\n` or `\r`. */
  title?: string;
  allowDuet?: boolean;
  allowStitch?: boolean;
  /**
   * Sets the frame used as cover, in whole milliseconds; the first frame when absent. TikTok applies it to
   * `PUBLIC_TO_EVERYONE` posts only; the outcome of any other post warns of it.
   */
  coverTimestampMs?: number;
}

export interface PublishPhotosInput extends PostSettings {
  /** 1 to 35 https addresses of JPEG or WebP files of at most 1080x1920 pixels and 20 MB, on a domain that is verified for the app. */
  urls: string[];
  /** Which of them is the cover, from 0 (the default). */
  coverIndex?: number;
  /** At most 90 UTF-16 code units, line breaks as in a video's title. */
  title?: string;
  /** At most 4000 UTF-16 code units, line breaks as in a video's title. */
  description?: string;
  /** TikTok adds music that it recommends. */
  autoAddMusic?: boolean;
}

export type PublishPhase = 'probing' | 'sending' | 'processing' | 'moderating' | 'published';

export interface PublishProgress {
  phase: PublishPhase;
  publishId: string | null;
  bytesSent: number;
  totalBytes: number;
  bytesPerSecond: number;
  /** Estimated milliseconds until all bytes are sent; `null` while unknown. */
  remainingMs: number | null;
}

export interface PublishOptions {
  signal?: AbortSignal;
  onProgress?: (progress: PublishProgress) => void;
  /** Posts at most once per key; made when absent. */
  idempotencyKey?: string;
  /** Wait for TikTok's outcome (default true); false returns once all bytes were accepted. */
  wait?: boolean;
}

export interface ResumeOptions extends Pick<PublishOptions, 'signal' | 'onProgress' | 'wait'> {
  /** The same video, when it is no longer at the path that the publish began with. */
  file?: string;
}

/** A publish that has no end yet. */
export interface UnfinishedPublish {
  idempotencyKey: string;
  /** `null` while nobody knows whether TikTok has begun it. */
  publishId: string | null;
  acceptedBytes: number;
  /** 0 for what TikTok fetches itself. */
  totalBytes: number;
  photos: boolean;
  draft: boolean;
  begunAt: string;
  updatedAt: string;
}

/** A publish as the journal has it, whichever process works on it. */
export interface JournaledPublish {
  idempotencyKey: string;
  phase: PublishRow['phase'];
  /** `null` while TikTok is not known to have a task for it. */
  publishId: string | null;
  acceptedBytes: number;
  /** 0 for what TikTok fetches itself. */
  totalBytes: number;
  photos: boolean;
  draft: boolean;
  /** The attempt that works on it was asked to stop. */
  cancelRequested: boolean;
  /** TikTok's reason for a failed publish. */
  failReason: string | null;
  /** Of a publish that is DONE. The journal keeps no warnings, so it has none. */
  outcome: PublishOutcome | null;
  /** The error that the last attempt ended with; `null` while an attempt works on it, and when its process died. */
  lastError: ErrorJson | null;
  begunAt: string;
  /** An attempt at work writes at least every 20 s. */
  updatedAt: string;
}

export type PublishStatusCode =
  | 'PROCESSING_UPLOAD'
  | 'PROCESSING_DOWNLOAD'
  | 'SEND_TO_USER_INBOX'
  | 'PUBLISH_COMPLETE'
  | 'FAILED';

export interface PublishStatus {
  publishId: string;
  status: PublishStatusCode;
  failReason: string | null;
  /** Public posts only, after moderation. Strings, since they are above 2^53. */
  postIds: string[];
  uploadedBytes: number | null;
}

export interface PublishOutcome extends PublishStatus {
  /** The first post id; `null` for anything but a public post. */
  postId: string | null;
  shareUrl: string | null;
  /** `moderating`: posted, public id not given yet. */
  phase: PublishPhase;
  idempotencyKey: string;
  /**
   * One sentence each: the settings that TikTok ignores in a draft, a cover frame of a post that not everyone may see, a stream
   * that could not be checked before it was sent.
   */
  warnings: string[];
}

export type * from './close-types.js';
export type * from './store-types.js';
export type * from './webhook-types.js';
