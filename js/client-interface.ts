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
 * Every operation of toklink. `Client` implements it, and so does the mock of `toklink/testing`.
 *
 * Methods that return a promise reject, and the others throw, with `ToklinkError` only; branch on its `code`. All methods can fail
 * with INVALID_INPUT for an invalid argument and with CLOSED after `close`. Methods that call TikTok for an account also fail with
 * NOT_FOUND when the account is not connected, UNAUTHORIZED when its user has to connect again, PERMISSION_DENIED when a scope is not
 * granted, RATE_LIMITED or QUOTA_EXHAUSTED when a limit is reached, and UNAVAILABLE when TikTok or the network fails. They refresh the
 * access token when it is about to expire.
 */
export interface TikTokApi {
  /**
   * Returns the URL of TikTok's consent page, for a host that keeps the login state itself. Most hosts use `beginLogin`.
   * `redirectUri` defaults to the configured callback URL. The callback returns `state`. `codeChallenge` is the SHA-256 of the
   * verifier in lowercase hex, as TikTok requires it. `disableAutoAuth` shows the page even to a user who has granted the scopes before.
   */
  authorizeUrl(request: {
    redirectUri?: string;
    state: string;
    codeChallenge?: string;
    scopes?: string[];
    disableAutoAuth?: boolean;
  }): string;
  /**
   * Starts a login with PKCE for the user `userId` of the host. Resolves to the URL to which the host redirects the browser, and to the
   * cookie to set: only the browser with this cookie can complete the login. `returnTo` is a path of the host's own site.
   */
  beginLogin(request: {
    userId: string;
    tenant?: string;
    redirectUri?: string;
    scopes?: string[];
    returnTo?: string;
  }): Promise<LoginStart>;
  /**
   * Decrypts the login state of a callback and returns its user, tenant and return path. The state can still be used afterwards. `callback` is the
   * URL that the browser requested, including its query.
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
   * Exchanges a refresh token that the host keeps itself. Resolves to new tokens in clear text and stores nothing. The tokens of connected
   * accounts need no such call.
   */
  refreshTokens(refreshToken: string): Promise<TokenSet>;
  /** Revokes the grant of an access token: the app then has no access to the user. Stored accounts are not changed. */
  revoke(accessToken: string): Promise<void>;
  /**
   * Erases the account with its metrics and its journal, and revokes the grant when no other tenant has the same user. Rejects
   * even when the grant could not be revoked; the account is erased in any case. End unfinished publishes first: their idempotency keys
   * are deleted and would post again.
   */
  disconnect(account: AccountRef): Promise<void>;

  /** Resolves to the stored accounts of one tenant, or of all tenants when `tenant` is absent. Does not call TikTok. */
  accounts(tenant?: string): Promise<Account[]>;
  /** Resolves to one stored account. Rejects with NOT_FOUND when it is not connected. Does not call TikTok. */
  account(account: AccountRef): Promise<Account>;
  /**
   * Resolves to a valid access token in clear text, for code that calls TikTok itself. The token is refreshed first when it is about to
   * expire. Never store it; request it again before each use. Report requests made with it with `incrementQuota`. Rejects with UNAUTHORIZED
   * when the user has to connect again.
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
   * all limits and refreshes tokens. A failure of one account is in the report and does not reject. May be called again at any time:
   * an account that has a row for the day is not read again, unless the row is older than `maxAgeMs`. Several workers may run it on one store.
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
  /** Resolves to the current posting options of the creator. Never cached: request it each time a post page is shown. */
  creatorInfo(account: AccountRef): Promise<CreatorInfo>;
  /**
   * Removes the account's profile and video pages from the cache, so that the next read calls TikTok. toklink does this itself after
   * posts, webhooks and new tokens.
   */
  invalidateCache(account: AccountRef): void;

  /**
   * Reads the headers of a video file (MP4, MOV or WebM) and checks them against TikTok's limits. Resolves to the properties and the findings.
   * Rejects with NOT_FOUND when there is no such file. Sends nothing.
   */
  probeVideo(file: string): Promise<ProbeReport>;
  /**
   * Checks a video, uploads it and waits until TikTok has published it or put it into the creator's inbox. Set exactly one of `file`,
   * `source` and `url`. The same `idempotencyKey` posts at most once across all processes that share the journal; a second call resumes
   * the first one's publish. Resolves to the outcome; with `wait: false` as soon as TikTok has all bytes. Rejects with INVALID_INPUT when
   * the video or a setting breaks a rule, REJECTED when TikTok refuses the post, CONFLICT when an earlier attempt may have been posted,
   * and CANCELLED when the signal aborts. See docs/TIKTOK_INTEGRATION.md.
   */
  publishVideo(
    account: AccountRef,
    input: PublishVideoInput,
    options?: PublishOptions,
  ): Promise<PublishOutcome>;
  /**
   * Posts photos that TikTok fetches. Otherwise like `publishVideo`, but toklink never repeats the request on its own: when its
   * outcome is unclear, calls with the same key reject with CONFLICT until `abandonPublish` is called. A webhook cannot resolve this,
   * because it names TikTok's publish id, which was in the lost response.
   */
  publishPhotos(
    account: AccountRef,
    input: PublishPhotosInput,
    options?: PublishOptions,
  ): Promise<PublishOutcome>;
  /**
   * Resumes a publish that this or another process started, after the last accepted byte. `publish` is its idempotency key or publish id.
   * Compares the file with that of the first attempt before it sends a byte, and rejects with CONFLICT when they differ.
   */
  resumePublish(account: AccountRef, publish: string, options?: ResumeOptions): Promise<PublishOutcome>;
  /** Resolves to the account's publishes that have not finished, the most recently written first. Reads the store only. */
  unfinishedPublishes(account: AccountRef): Promise<UnfinishedPublish[]>;
  /**
   * Resolves to the publish that the journal contains under the key, regardless of which process works on it, or to `null`. Reads the store only.
   */
  findPublish(account: AccountRef, idempotencyKey: string): Promise<JournaledPublish | null>;
  /**
   * Asks the attempt that works on a publish to stop, in any process that shares this store, and resolves to the current state of
   * the publish. The attempt reads the request within 2 s and ends with CANCELLED, as if its own signal was aborted. A publish that
   * was posted, or whose last attempt ended, is not changed; the next attempt under the key starts without the request. Rejects
   * with NOT_FOUND when the journal contains nothing under the key. `cancelPublish` asks TikTok instead.
   */
  requestCancel(account: AccountRef, idempotencyKey: string): Promise<JournaledPublish>;
  /**
   * Abandons a publish whose outcome is unknown because its init request, or the last chunk of its upload, may have reached TikTok. The
   * same key can be used again afterwards. Look for the post in TikTok first, and make sure that no other process still works on this
   * publish: a suspended one could still send its request and post. Rejects with CONFLICT when TikTok can still complete the publish,
   * or when another process is writing it, and with NOT_FOUND for an unknown key.
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
   * Asks TikTok to cancel a publish. Best effort, meant for videos and photos that TikTok fetches itself; a finished post stays.
   * `requestCancel` stops an upload.
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

  /** Returns the usage that this process counted, without I/O. When a Redis counts for several processes, use `readQuota`. */
  quotaStatus(account: AccountRef): QuotaWindow[];
  /**
   * Resolves to the usage of each window, read from the place where it is counted. Rejects with UNAVAILABLE when Redis does not respond and
   * `redisFallback` is `refuse`.
   */
  readQuota(account: AccountRef): Promise<QuotaWindow[]>;
  /** Sets the account's usage to 0. TikTok keeps its own counts: use this only in tests and after TikTok raised its limits. */
  resetQuota(account: AccountRef): void;
  /** Returns whether the limits allow a request of this kind now. Counts nothing and does not wait; takes less than a microsecond. */
  checkQuota(account: AccountRef, kind: QuotaKind): QuotaCheck;
  /** Counts a request that was sent without this client, even if it exceeds the limit. */
  incrementQuota(account: AccountRef, kind: QuotaKind): void;
  /** Returns the usage of all windows as JSON text, to pass to `restoreQuota` after a restart. It contains no account names. */
  quotaSnapshot(): string;
  /** Adds the requests of a snapshot to the current counts, except those whose window has passed. */
  restoreQuota(snapshot: string): void;

  /** Encrypts a text for one row and column. It cannot be decrypted for another row or column. */
  seal(location: { tenant?: string; accountId: string; field: string }, text: string): string;
  /** Decrypts a value of `seal`. Throws INTEGRITY when it was encrypted for another row or column, or with an unknown key. */
  unseal(location: { tenant?: string; accountId: string; field: string }, sealed: string): string;
  /** Returns the value encrypted with the current key and format, or `null` when it already is. */
  reseal(location: { tenant?: string; accountId: string; field: string }, sealed: string): string | null;

  /**
   * Encrypts every stored token with the current key and format while the application runs. May be stopped and started again at any
   * time. Every process on the store must have the new key before this runs. `acceptClearText` encrypts rows in clear text, and
   * `format: 'legacy'` writes the dashboard's old format for a rollback (docs/ACCOUNTS.md).
   */
  resealAccounts(options?: ResealOptions): Promise<ResealReport>;

  /**
   * Starts the background refresh of all connected accounts, at most `maxConcurrency` (1 to 100, default 4) at a time, so that no call waits for
   * a refresh. Returns a function that stops it; `close` stops it too, and another call replaces it. Does not keep the process alive. Several
   * processes may run it on one store.
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
   * complete. A chunk that is still being sent shortly before the deadline stops too. Another process that resumes the publish
   * therefore sends at most one chunk again. May be called again, even while a call without a deadline waits.
   */
  close(options: CloseOptions): Promise<CloseReport>;
}
