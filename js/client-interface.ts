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
  QuotaStatus,
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

/** Every operation of toklink. Routes and tests know this interface, never the addon. */
export interface TikTokApi {
  authorizeUrl(request: {
    redirectUri?: string;
    state: string;
    codeChallenge?: string;
    scopes?: string[];
    disableAutoAuth?: boolean;
  }): string;
  beginLogin(request: {
    userId: string;
    tenant?: string;
    redirectUri?: string;
    scopes?: string[];
    returnTo?: string;
  }): Promise<LoginStart>;
  /** Opens the sealed state of a callback without using it up: whose sign-in it is, and where to go back to. */
  inspectLogin(request: { callback: string; cookies: Record<string, string> }): LoginInspection;
  /** Exchanges the code and stores the account. `userId` must be the person signed in now. */
  completeLogin(request: {
    callback: string;
    cookies: Record<string, string>;
    userId: string;
  }): Promise<LoginResult>;
  exchangeCode(request: { code: string; redirectUri: string; codeVerifier?: string }): Promise<TokenSet>;
  refreshTokens(refreshToken: string): Promise<TokenSet>;
  revoke(accessToken: string): Promise<void>;
  /** Erases the account, and revokes at TikTok when it was the last row with that user. */
  disconnect(account: AccountRef): Promise<void>;

  accounts(tenant?: string): Promise<Account[]>;
  account(account: AccountRef): Promise<Account>;
  /**
   * Returns a valid access token in clear, refreshed first when it is about to expire, for code that calls TikTok itself.
   * Never store it; ask again before each use. Report requests made with it by `incrementQuota`. Rejects with UNAUTHORIZED
   * when the user has to connect again.
   */
  accessToken(account: AccountRef): Promise<string>;
  userInfo(account: AccountRef): Promise<UserInfo>;
  accountMetrics(account: AccountRef): Promise<AccountMetrics>;
  /**
   * Reads the figures of many accounts (all, unless told otherwise) and stores one row for each account and day. Keeps
   * within all quota windows, renews tokens, and leaves a failure with its account. Start it again at any time: what has its
   * row is not read again, unless the row is older than `maxAgeMs`. Several workers may run it on one store.
   */
  collectMetrics(options?: CollectOptions): Promise<CollectReport>;
  /** The stored figures from day to day (`2026-11-23`, UTC; default the last 30 days, at most 400) and their growth. */
  metricsHistory(account: AccountRef, range?: { from?: string; to?: string }): Promise<MetricsHistory>;
  /** One page, newest first; `maxCount` 1 to 20 (default 20). */
  listVideos(account: AccountRef, page?: { cursor?: number; maxCount?: number }): Promise<VideoPage>;
  /** All pages, read as they are needed. */
  videos(account: AccountRef): AsyncIterable<Video>;
  queryVideos(account: AccountRef, ids: string[]): Promise<Video[]>;
  creatorInfo(account: AccountRef): Promise<CreatorInfo>;
  /**
   * Forgets what was read of the account, so that the next read asks TikTok. Profiles and video pages are otherwise shown
   * again for as long as the option `cache` says; posts, webhooks and new tokens make toklink forget by itself.
   */
  forgetReads(account: AccountRef): void;

  probeVideo(file: string): Promise<ProbeReport>;
  publishVideo(
    account: AccountRef,
    input: PublishVideoInput,
    options?: PublishOptions,
  ): Promise<PublishOutcome>;
  /**
   * Like publishVideo, and sent at most once automatically: an unclear init stays CONFLICT under its key until `abandonPublish`
   * decides. A webhook cannot end it, since it names TikTok's publish id, which was in the lost answer.
   */
  publishPhotos(
    account: AccountRef,
    input: PublishPhotosInput,
    options?: PublishOptions,
  ): Promise<PublishOutcome>;
  /**
   * Goes on after the last accepted byte with a publish that this or another process has begun; `publish` is its
   * idempotency key or publish id. The file is held against the one of the beginning before a byte is sent.
   */
  resumePublish(account: AccountRef, publish: string, options?: ResumeOptions): Promise<PublishOutcome>;
  /** The publishes without an end, the last written first. */
  unfinishedPublishes(account: AccountRef): Promise<UnfinishedPublish[]>;
  /**
   * Resolves to what the journal has under the key, whichever process works on it; `null` when there is nothing. Asks the store
   * alone.
   */
  findPublish(account: AccountRef, idempotencyKey: string): Promise<JournaledPublish | null>;
  /**
   * Asks the attempt that works on a publish to stop, in whichever process on this store it runs, and resolves to the publish as
   * it is then. The attempt reads the request within 2 s and ends as by its own signal, with CANCELLED. A publish that has an
   * end, and one whose last attempt ended, stays as it is; the next attempt under the key starts without the request. Rejects
   * with NOT_FOUND when the journal has nothing of the key. `cancelPublish` asks TikTok instead.
   */
  requestCancel(account: AccountRef, idempotencyKey: string): Promise<JournaledPublish>;
  /**
   * Gives up a publish of which nobody can say whether a post comes of it: its init, or the last chunk of its upload, may have
   * been sent. Then the same key may be used again. First look for the post in TikTok, and make sure that no other process
   * still works on this publish: one that sleeps with its request unsent could still post it.
   */
  abandonPublish(account: AccountRef, idempotencyKey: string): Promise<void>;
  publishStatus(account: AccountRef, publishId: string): Promise<PublishStatus>;
  waitForPublish(
    account: AccountRef,
    publishId: string,
    options?: Pick<PublishOptions, 'signal' | 'onProgress'>,
  ): Promise<PublishOutcome>;
  cancelPublish(account: AccountRef, publishId: string): Promise<void>;

  /**
   * Checks a webhook over its raw body and reads it; `signature` is the header `Tiktok-Signature`. Throws INTEGRITY when
   * it is not TikTok's, not for this app or not recent: answer 401.
   */
  verifyWebhook(signature: string, body: Uint8Array, check?: WebhookCheck): WebhookEvent;
  /**
   * Does what a genuine webhook asks for: ends its publish in the journal (and the wait for it), or the connection of an
   * account whose consent is gone. Any number of times, in any order.
   */
  applyWebhook(event: WebhookEvent): Promise<WebhookEffect>;

  /** Returns the usage that this process counted, without I/O. When a Redis counts for several processes, use `readQuota`. */
  quotaStatus(account: AccountRef): QuotaStatus[];
  /** Reads the usage of each window from where it is counted. UNAVAILABLE when Redis does not answer and `redisFallback` is `refuse`. */
  readQuota(account: AccountRef): Promise<QuotaStatus[]>;
  resetQuota(account: AccountRef): void;
  /** Whether a request of this kind would be let through now. Counts nothing, waits for nothing, under a microsecond. */
  checkQuota(account: AccountRef, kind: QuotaKind): QuotaCheck;
  /** Counts a request that was made by other means than this client, whether it fits or not. */
  incrementQuota(account: AccountRef, kind: QuotaKind): void;
  /** What the windows hold, to be given to `restoreQuota` after a restart: JSON text that names no account. */
  quotaSnapshot(): string;
  /** Counts the requests of a snapshot besides those counted already, as far as they still matter. */
  restoreQuota(snapshot: string): void;

  /** Seals a text for one row and column; it opens nowhere else. */
  seal(place: { tenant?: string; accountId: string; field: string }, text: string): string;
  open(place: { tenant?: string; accountId: string; field: string }, sealed: string): string;
  /** The value under the current key and format, or `null` when it already is. */
  reseal(place: { tenant?: string; accountId: string; field: string }, sealed: string): string | null;

  /**
   * Moves every stored token to the current key and format while everything else goes on. Stop it and start it again
   * at any time. Every process on the store must have the new key first before this runs. `acceptClearText` encrypts rows in
   * clear text, and `format: 'legacy'` writes the dashboard's old format for a rollback (docs/ACCOUNTS.md).
   */
  resealAccounts(options?: ResealOptions): Promise<ResealReport>;

  /**
   * Renews the tokens of all connected accounts before anyone needs them, at most `atOnce` (1 to 100, default 4) at a
   * time, so that no caller waits for it. The function it returns ends that, and so does `close`; calling again replaces
   * the one before. Keeps no process alive. Several processes may do it on one store.
   */
  renewAhead(options?: { atOnce?: number }): () => void;

  /** Tells what happens to accounts while nobody waits for it; the function it returns ends that. */
  on<T extends ClientEvent['type']>(
    type: T,
    listener: (event: Extract<ClientEvent, { type: T }>) => void,
  ): () => void;

  /** Refuses new work from now on with CLOSED, and resolves when running work has ended, however long that takes. */
  close(): Promise<void>;
  /**
   * Closes within a deadline, for a process that has to end. Each publish stops with CLOSED where its journal row holds all that
   * happened. A chunk that is still on its way shortly before the deadline stops too, so at most one chunk is sent again when
   * another process resumes the publish. May be called again, also while a call without a deadline waits.
   */
  close(options: CloseOptions): Promise<CloseReport>;
}
