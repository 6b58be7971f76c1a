import type {
  Account,
  AccountMetrics,
  AccountRef,
  ClientEvent,
  CloseOptions,
  CloseReport,
  CollectOptions,
  CollectReport,
  CreatorInfo,
  JournaledPublish,
  LoginInspection,
  LoginResult,
  LoginStart,
  MetricsHistory,
  ProbeReport,
  PublishOptions,
  PublishOutcome,
  PublishPhotosInput,
  PublishStatus,
  PublishVideoInput,
  QuotaCheck,
  QuotaKind,
  QuotaWindow,
  ResealOptions,
  ResealReport,
  ResumeOptions,
  TokenSet,
  UnfinishedPublish,
  UserInfo,
  Video,
  VideoPage,
  WebhookCheck,
  WebhookEffect,
  WebhookEvent,
} from './types.js';

/**
 * All operations of toklink. `Client` implements this interface, and so does the mock client of `toklink/testing`.
 *
 * Asynchronous methods reject, and synchronous methods throw, with `ToklinkError` only; branch on its `code`. All methods can fail
 * with INVALID_INPUT for an invalid argument and with CLOSED after `close`. Methods that call TikTok for an account also fail with
 * NOT_FOUND when the account is not connected, UNAUTHORIZED when its user has to connect again, PERMISSION_DENIED when a scope is not
 * granted, RATE_LIMITED or QUOTA_EXHAUSTED when a limit is reached, and UNAVAILABLE when TikTok or the network fails. They refresh the
 * access token when it is about to expire.
 */
export interface TikTokApi {
  /**
   * Returns the URL of TikTok's consent page, for a host that keeps the login state itself. Most hosts use `beginLogin`.
   * `redirectUri` defaults to the configured callback URL. TikTok passes `state` to the callback. `codeChallenge` is the SHA-256 of the
   * verifier in lowercase hex, as TikTok requires. `disableAutoAuth` shows the page even to a user who has granted the scopes before.
   */
  authorizeUrl(request: {
    redirectUri?: string;
    state: string;
    codeChallenge?: string;
    scopes?: string[];
    disableAutoAuth?: boolean;
  }): string;
  /**
   * Starts a login with PKCE for the host's user `userId`. Resolves to the URL to which the host redirects the browser, and to the
   * cookie to set: only the browser with this cookie can complete the login. `returnTo` is a path on the host's own site.
   */
  beginLogin(request: {
    userId: string;
    tenant?: string;
    redirectUri?: string;
    scopes?: string[];
    returnTo?: string;
  }): Promise<LoginStart>;
  /**
   * Decrypts the login state of a callback and returns its user, tenant and return path. Does not consume the state, so
   * `completeLogin` can still use it. `callback` is the URL that the browser requested, including its query.
   */
  inspectLogin(request: { callback: string; cookies: Record<string, string> }): LoginInspection;
  /** Exchanges the code of a callback and stores the account. `userId` must be the user who is signed in at the host now. */
  completeLogin(request: {
    callback: string;
    cookies: Record<string, string>;
    userId: string;
  }): Promise<LoginResult>;
  /** Exchanges an authorization code that the host obtained itself. Resolves to tokens in clear text and stores nothing. */
  exchangeCode(request: { code: string; redirectUri: string; codeVerifier?: string }): Promise<TokenSet>;
  /**
   * Exchanges a refresh token that the host keeps itself. Resolves to new tokens in clear text and stores nothing. Do not use it for
   * connected accounts, whose tokens toklink refreshes.
   */
  refreshTokens(refreshToken: string): Promise<TokenSet>;
  /** Revokes the grant of an access token, so that the app loses access to the user. Does not change stored accounts. */
  revoke(accessToken: string): Promise<void>;
  /**
   * Erases the account with its metrics and its journal, and revokes the grant when no other tenant has the same user. Also erases
   * the account when the grant could not be revoked, and rejects. Finish or abandon unfinished publishes first: this call deletes
   * their idempotency keys, so that a later publish with the same key would post again.
   */
  disconnect(account: AccountRef): Promise<void>;

  /** Resolves to the stored accounts of one tenant, or of all tenants when `tenant` is absent. Does not call TikTok. */
  accounts(tenant?: string): Promise<Account[]>;
  /** Resolves to one stored account. Rejects with NOT_FOUND when it is not connected. Does not call TikTok. */
  account(account: AccountRef): Promise<Account>;
  /**
   * Resolves to a valid access token in clear text, for code that calls TikTok itself. The token is refreshed first when it is about to
   * expire. Never store it; request it again before each use. Report the requests that you send with it with `incrementQuota`.
   * Rejects with UNAUTHORIZED when the user has to connect again.
   */
  accessToken(account: AccountRef): Promise<string>;
  /** Resolves to the profile. It may come from the cache (option `cache.userInfoSec`, 3600 s by default). */
  userInfo(account: AccountRef): Promise<UserInfo>;
  /**
   * Resolves to the lifetime metrics of the account, and to sums and rates over its newest videos (one page, at most 20). Sends at most
   * two requests; profile and page may come from the cache.
   */
  accountMetrics(account: AccountRef): Promise<AccountMetrics>;
  /**
   * Reads the metrics of all accounts, or of those that the options select, and stores one row for each account and UTC day. Stays within
   * all limits and refreshes tokens. Lists accounts that failed in the report instead of rejecting. May be called again at any time: it
   * does not read an account again that has a row for the day, unless the row is older than `maxAgeMs`. Several workers may run it on
   * one store.
   */
  collectMetrics(options?: CollectOptions): Promise<CollectReport>;
  /**
   * Resolves to the stored metrics between two days and their growth. Days are `2026-11-23`, UTC, both included; the default is the
   * last 30 days, the longest range 400 days.
   */
  metricsHistory(account: AccountRef, range?: { from?: string; to?: string }): Promise<MetricsHistory>;
  /** Resolves to one page of the account's public videos, newest first. `maxCount` is 1 to 20 (default 20). */
  listVideos(account: AccountRef, page?: { cursor?: number; maxCount?: number }): Promise<VideoPage>;
  /** Iterates over all public videos, newest first. Reads each page when the loop reaches it. */
  videos(account: AccountRef): AsyncIterable<Video>;
  /** Resolves to the account's own public videos with these ids (1 to 20). Other ids are absent from the result. */
  queryVideos(account: AccountRef, ids: string[]): Promise<Video[]>;
  /** Resolves to the creator's current posting options. Never cached: request them each time you show a post page. */
  creatorInfo(account: AccountRef): Promise<CreatorInfo>;
  /**
   * Removes the account's profile and video pages from the cache, so that the next read calls TikTok. toklink does this itself after
   * posts, webhooks and new tokens.
   */
  invalidateCache(account: AccountRef): void;

  /**
   * Reads the headers of a video file (MP4, MOV or WebM) and checks them against TikTok's limits. Resolves to the video's properties and
   * the findings. Rejects with NOT_FOUND when the file does not exist. Sends nothing.
   */
  probeVideo(file: string): Promise<ProbeReport>;
  /**
   * Checks a video, uploads it and waits until TikTok has published it or put it into the creator's inbox. Set exactly one of `file`,
   * `source` and `url`. The same `idempotencyKey` posts at most once across all processes that share the journal; a second call with it
   * resumes the first publish. Resolves to the outcome, or with `wait: false` as soon as TikTok has all bytes. Rejects with
   * INVALID_INPUT when the video or a setting breaks a rule, REJECTED when TikTok rejects the post, CONFLICT when an earlier attempt may
   * have been posted, and CANCELLED when the signal aborts. See docs/TIKTOK_INTEGRATION.md.
   */
  publishVideo(
    account: AccountRef,
    input: PublishVideoInput,
    options?: PublishOptions,
  ): Promise<PublishOutcome>;
  /**
   * Posts photos that TikTok fetches. Works like `publishVideo`, except that toklink never retries the init request: when its response
   * is lost, calls with the same key reject with CONFLICT until you call `abandonPublish`. A webhook cannot resolve the conflict,
   * because it identifies the publish by TikTok's publish id, which was in the lost response.
   */
  publishPhotos(
    account: AccountRef,
    input: PublishPhotosInput,
    options?: PublishOptions,
  ): Promise<PublishOutcome>;
  /**
   * Resumes a publish that this or another process started, after the last complete chunk. `publish` is its idempotency key or publish id.
   * Before sending, compares the file with that of the first attempt, and rejects with CONFLICT when they differ.
   */
  resumePublish(account: AccountRef, publish: string, options?: ResumeOptions): Promise<PublishOutcome>;
  /** Resolves to the account's unfinished publishes, the most recently updated first. Does not call TikTok. */
  unfinishedPublishes(account: AccountRef): Promise<UnfinishedPublish[]>;
  /**
   * Resolves to the journal's record of the publish with this key, whichever process works on it, or to `null` when there is none.
   * Does not call TikTok.
   */
  findPublish(account: AccountRef, idempotencyKey: string): Promise<JournaledPublish | null>;
  /**
   * Asks the running attempt of a publish to stop, in any process that shares this store. Resolves to the current state of the
   * publish. The attempt reads the request within 2 s and fails with CANCELLED, as if its own signal had been aborted. Does not change
   * a publish that was posted or whose last attempt has ended; the next attempt with the key ignores the request. Rejects with
   * NOT_FOUND when the journal has no publish with the key. Use `cancelPublish` to ask TikTok to cancel instead.
   */
  requestCancel(account: AccountRef, idempotencyKey: string): Promise<JournaledPublish>;
  /**
   * Abandons a publish whose outcome is unknown because its init request, or the last chunk of its upload, may have reached TikTok. The
   * same key can be used again afterwards. First check in TikTok that the post does not exist, and make sure that no other process still
   * works on this publish: a suspended process could still send its request and post. Rejects with CONFLICT when TikTok can still complete
   * the publish, or when another process is writing it, and with NOT_FOUND for an unknown key.
   */
  abandonPublish(account: AccountRef, idempotencyKey: string): Promise<void>;
  /** Requests the status of a publish from TikTok once. */
  publishStatus(account: AccountRef, publishId: string): Promise<PublishStatus>;
  /**
   * Polls TikTok, within its limits, until a publish has an outcome, and resolves to it. Rejects when the publish failed, for example
   * with REJECTED for refused content; `failReason` is TikTok's reason (docs/ERRORS.md).
   */
  waitForPublish(
    account: AccountRef,
    publishId: string,
    options?: Pick<PublishOptions, 'signal' | 'onProgress'>,
  ): Promise<PublishOutcome>;
  /**
   * Asks TikTok to cancel a publish. This is best effort, for videos and photos that TikTok fetches itself; a finished post stays
   * on TikTok. Use `requestCancel` to stop an upload.
   */
  cancelPublish(account: AccountRef, publishId: string): Promise<void>;

  /**
   * Verifies the signature of a webhook over its raw body and returns the event; `signature` is the header `Tiktok-Signature`. Throws
   * INTEGRITY when the webhook does not come from TikTok, is for another app, or is too old: respond with 401.
   */
  verifyWebhook(signature: string, body: Uint8Array, check?: WebhookCheck): WebhookEvent;
  /**
   * Applies a verified webhook: finishes its publish in the journal and ends the wait for it, or disconnects an account whose user
   * withdrew consent. Safe to call any number of times and in any order.
   */
  applyWebhook(event: WebhookEvent): Promise<WebhookEffect>;

  /** Returns the usage that this process counted, without I/O. Use `readQuota` when Redis counts for several processes. */
  quotaStatus(account: AccountRef): QuotaWindow[];
  /**
   * Resolves to the usage of each window, which it reads from Redis when Redis counts the requests. Rejects with UNAVAILABLE when the
   * Redis of `redisUrl` or TOKLINK_REDIS_URL does not respond.
   */
  readQuota(account: AccountRef): Promise<QuotaWindow[]>;
  /** Sets the account's usage to 0. Does not reset TikTok's own counts, so use it only in tests and after TikTok raised its limits. */
  resetQuota(account: AccountRef): void;
  /** Checks whether the limits allow a request of this kind now. Neither counts a request nor waits; takes less than a microsecond. */
  checkQuota(account: AccountRef, kind: QuotaKind): QuotaCheck;
  /** Counts a request that was sent without this client, even if it exceeds the limit. */
  incrementQuota(account: AccountRef, kind: QuotaKind): void;

  /** Encrypts a text for one row and column. It cannot be decrypted for another row or column. */
  seal(location: { tenant?: string; accountId: string; field: string }, text: string): string;
  /** Decrypts a value of `seal`. Throws INTEGRITY when it was encrypted for another row or column, or with an unknown key. */
  unseal(location: { tenant?: string; accountId: string; field: string }, sealed: string): string;
  /** Returns the value encrypted with the current key and format, or `null` when it already is. */
  reseal(location: { tenant?: string; accountId: string; field: string }, sealed: string): string | null;

  /**
   * Encrypts every stored token with the current key and format while the application is running. May be stopped and restarted at any
   * time. Every process on the store must have the new key before this runs. `acceptClearText` encrypts rows in clear text, and
   * `format: 'legacy'` writes the dashboard's old format for a rollback (docs/ACCOUNTS.md).
   */
  resealAccounts(options?: ResealOptions): Promise<ResealReport>;

  /**
   * Starts the background refresh of all connected accounts, at most `maxConcurrency` (1 to 100, default 4) at a time, so that calls do
   * not wait for a refresh. Returns a function that stops it; `close` stops it too, and another call replaces it. Does not keep the
   * process alive. Several processes may run it on one store.
   */
  startBackgroundRefresh(options?: { maxConcurrency?: number }): () => void;

  /** Subscribes to account events of one type. Returns a function that unsubscribes. */
  on<T extends ClientEvent['type']>(
    type: T,
    listener: (event: Extract<ClientEvent, { type: T }>) => void,
  ): () => void;

  /** Rejects new work with CLOSED, and resolves when running work has ended, regardless of how long that takes. */
  close(): Promise<void>;
  /**
   * Closes within a deadline, for a process that has to exit. Each publish stops with CLOSED at a point where its journal row is
   * complete. Shortly before the deadline, a chunk that is still being sent stops too, so another process that resumes the publish
   * sends at most one chunk again. May be called again, even while a call without a deadline waits.
   */
  close(options: CloseOptions): Promise<CloseReport>;
}
