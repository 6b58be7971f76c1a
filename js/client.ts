import type { TikTokApi } from './client-interface.js';
import { ToklinkError } from './errors.js';
import { load } from './native/load.js';
import { open } from './native/open.js';
import type { NativeClient } from './native/open.js';
import { listen } from './native/events.js';
import { causeOf } from './native/host-errors.js';
import type { Listeners } from './native/events.js';
import { run, runDirect, runSync } from './native/operation.js';
import type { Watch } from './native/operation.js';
import { asToklinkError, unwrap } from './native/outcome.js';
import { chunkReader } from './native/stream.js';
import { Quotas } from './native/quota.js';
import type {
  Account,
  AccountKey,
  AccountMetrics,
  AccountRef,
  ClientEvent,
  ClientOptions,
  CloseOptions,
  CloseReport,
  CollectOptions,
  CollectProgress,
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
  PublishProgress,
  PublishStatus,
  PublishVideoInput,
  QuotaCheck,
  QuotaKind,
  QuotaWindow,
  ResealOptions,
  ResealProgress,
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

type ValueLocation = { tenant?: string; accountId: string; field: string };

/** Reads the headers of a video file and checks them against TikTok's limits, like `Client.probeVideo`. Needs no configuration. */
export async function probeVideo(file: string): Promise<ProbeReport> {
  try {
    return unwrap<ProbeReport>(await load().probeVideo(file));
  } catch (cause) {
    throw asToklinkError(cause, 'probeVideo');
  }
}

/** The client of one TikTok app. Its methods reject, or throw when they are synchronous, with `ToklinkError` only. */
export class Client implements TikTokApi, AsyncDisposable {
  readonly #native: NativeClient;
  /** Counts the calls to `startBackgroundRefresh`, because each call replaces the refresh of the previous one. */
  #refreshStarts = 0;
  #closing: Promise<unknown> | undefined;
  #listeners: Listeners | undefined;
  #callListeners: Listeners | undefined;
  #quotas: Quotas | undefined;

  constructor(options: ClientOptions = {}) {
    this.#native = open(options);
  }

  authorizeUrl(request: Parameters<TikTokApi['authorizeUrl']>[0]): string {
    return this.#callSync('authorizeUrl', request);
  }

  beginLogin(request: Parameters<TikTokApi['beginLogin']>[0]): Promise<LoginStart> {
    return this.#callAsync('beginLogin', request);
  }

  inspectLogin(request: Parameters<TikTokApi['inspectLogin']>[0]): LoginInspection {
    return this.#callSync('inspectLogin', request);
  }

  completeLogin(request: Parameters<TikTokApi['completeLogin']>[0]): Promise<LoginResult> {
    return this.#callAsync('completeLogin', request);
  }

  exchangeCode(request: Parameters<TikTokApi['exchangeCode']>[0]): Promise<TokenSet> {
    return this.#callAsync('exchangeCode', request);
  }

  refreshTokens(refreshToken: string): Promise<TokenSet> {
    return this.#callAsync('refreshTokens', { refreshToken });
  }

  revoke(accessToken: string): Promise<void> {
    return this.#callAsync('revoke', { accessToken });
  }

  disconnect(account: AccountRef): Promise<void> {
    return this.#callAsync('disconnect', { account: key(account) });
  }

  accounts(tenant?: string): Promise<Account[]> {
    return this.#callAsync('accounts', { tenant });
  }

  account(account: AccountRef): Promise<Account> {
    return this.#callAsync('account', { account: key(account) });
  }

  accessToken(account: AccountRef): Promise<string> {
    return this.#callAsync('accessToken', { account: key(account) });
  }

  userInfo(account: AccountRef): Promise<UserInfo> {
    return this.#callAsync('userInfo', { account: key(account) });
  }

  accountMetrics(account: AccountRef): Promise<AccountMetrics> {
    return this.#callAsync('accountMetrics', { account: key(account) });
  }

  collectMetrics({ signal, onProgress, accounts, ...options }: CollectOptions = {}): Promise<CollectReport> {
    return this.#callAsync<CollectReport, CollectProgress>(
      'collectMetrics',
      { ...options, accounts: accounts?.map(key) },
      { signal, onProgress },
    ).then(withCauses);
  }

  metricsHistory(account: AccountRef, { from, to }: { from?: string; to?: string } = {}): Promise<MetricsHistory> {
    const last = to ?? dayOf(Date.now());
    return this.#callAsync('metricsHistory', { account: key(account), from: from ?? monthBefore(last), to: last });
  }

  listVideos(account: AccountRef, page: { cursor?: number; maxCount?: number } = {}): Promise<VideoPage> {
    return this.#callAsync('listVideos', { account: key(account), page });
  }

  async *videos(account: AccountRef): AsyncGenerator<Video, void, undefined> {
    let cursor: number | null = null;
    for (;;) {
      const page: VideoPage = await this.listVideos(account, cursor === null ? {} : { cursor });
      yield* page.videos;
      // An unchanged cursor would return the same page forever.
      if (page.nextCursor === null || page.nextCursor === cursor) return;
      cursor = page.nextCursor;
    }
  }

  queryVideos(account: AccountRef, ids: string[]): Promise<Video[]> {
    return this.#callAsync('queryVideos', { account: key(account), ids });
  }

  creatorInfo(account: AccountRef): Promise<CreatorInfo> {
    return this.#callAsync('creatorInfo', { account: key(account) });
  }

  invalidateCache(account: AccountRef): void {
    this.#callSync('invalidateCache', { account: key(account) });
  }

  probeVideo(file: string): Promise<ProbeReport> {
    return this.#callAsync('probeVideo', { file });
  }

  async publishVideo(
    account: AccountRef,
    { source, ...input }: PublishVideoInput,
    { signal, onProgress, ...options }: PublishOptions = {},
  ): Promise<PublishOutcome> {
    const bytes = source && chunkReader(source);
    try {
      return await this.#callAsync<PublishOutcome, PublishProgress>(
        'publishVideo',
        { account: key(account), input: { ...input, streamSize: bytes?.size }, options },
        { signal, onProgress, bytes },
      );
    } finally {
      bytes?.close();
    }
  }

  publishPhotos(
    account: AccountRef,
    input: PublishPhotosInput,
    { signal, onProgress, ...options }: PublishOptions = {},
  ): Promise<PublishOutcome> {
    return this.#callAsync<PublishOutcome, PublishProgress>(
      'publishPhotos',
      { account: key(account), input, options },
      { signal, onProgress },
    );
  }

  resumePublish(account: AccountRef, publish: string, { signal, onProgress, ...options }: ResumeOptions = {}): Promise<PublishOutcome> {
    return this.#callAsync<PublishOutcome, PublishProgress>(
      'resumePublish',
      { account: key(account), publish, options },
      { signal, onProgress },
    );
  }

  unfinishedPublishes(account: AccountRef): Promise<UnfinishedPublish[]> {
    return this.#callAsync('unfinishedPublishes', { account: key(account) });
  }

  findPublish(account: AccountRef, idempotencyKey: string): Promise<JournaledPublish | null> {
    return this.#callAsync('findPublish', { account: key(account), idempotencyKey });
  }

  requestCancel(account: AccountRef, idempotencyKey: string): Promise<JournaledPublish> {
    return this.#callAsync('requestCancel', { account: key(account), idempotencyKey });
  }

  abandonPublish(account: AccountRef, idempotencyKey: string): Promise<void> {
    return this.#callAsync('abandonPublish', { account: key(account), idempotencyKey });
  }

  publishStatus(account: AccountRef, publishId: string): Promise<PublishStatus> {
    return this.#callAsync('publishStatus', { account: key(account), publishId });
  }

  waitForPublish(
    account: AccountRef,
    publishId: string,
    { signal, onProgress }: Pick<PublishOptions, 'signal' | 'onProgress'> = {},
  ): Promise<PublishOutcome> {
    return this.#callAsync<PublishOutcome, PublishProgress>(
      'waitForPublish',
      { account: key(account), publishId },
      { signal, onProgress },
    );
  }

  cancelPublish(account: AccountRef, publishId: string): Promise<void> {
    return this.#callAsync('cancelPublish', { account: key(account), publishId });
  }

  verifyWebhook(signature: string, body: Uint8Array, check: WebhookCheck = {}): WebhookEvent {
    if (!(body instanceof Uint8Array)) {
      const message = 'verifyWebhook needs the raw bytes of the request, because parsed and serialized JSON differs; pass the unparsed body';
      throw new ToklinkError({ code: 'INVALID_INPUT', operation: 'verifyWebhook', message });
    }
    return this.#callSync('verifyWebhook', { signature, body: utf8(body), check });
  }

  applyWebhook(event: WebhookEvent): Promise<WebhookEffect> {
    return this.#callAsync('applyWebhook', { event });
  }

  quotaStatus(account: AccountRef): QuotaWindow[] {
    return this.#callSync('quotaStatus', { account: key(account) });
  }

  readQuota(account: AccountRef): Promise<QuotaWindow[]> {
    return this.#callAsync('readQuota', { account: key(account) });
  }

  resetQuota(account: AccountRef): void {
    this.#callSync('resetQuota', { account: key(account) });
  }

  checkQuota(account: AccountRef, kind: QuotaKind): QuotaCheck {
    return this.#quotasFor('checkQuota').check(account, kind);
  }

  incrementQuota(account: AccountRef, kind: QuotaKind): void {
    this.#quotasFor('incrementQuota').increment(account, kind);
  }

  seal(location: ValueLocation, text: string): string {
    return this.#fastSeal('seal', location, text) ?? this.#callSync('seal', { place: location, text });
  }

  unseal(location: ValueLocation, sealed: string): string {
    return this.#fastSeal('unseal', location, sealed) ?? this.#callSync('unseal', { place: location, sealed });
  }

  reseal(location: ValueLocation, sealed: string): string | null {
    return this.#callSync('reseal', { place: location, sealed });
  }

  resealAccounts({ signal, onProgress, ...input }: ResealOptions = {}): Promise<ResealReport> {
    return this.#callAsync<ResealReport, ResealProgress>('resealAccounts', input, { signal, onProgress });
  }

  startBackgroundRefresh({ maxConcurrency = 4 }: { maxConcurrency?: number } = {}): () => void {
    if (this.#closing !== undefined) throw closed('startBackgroundRefresh');
    const started = (this.#refreshStarts += 1);
    unwrap(this.#native.startBackgroundRefresh(maxConcurrency));
    return () => {
      if (started === this.#refreshStarts) this.#native.stopBackgroundRefresh();
    };
  }

  on<T extends ClientEvent['type']>(
    type: T,
    listener: (event: Extract<ClientEvent, { type: T }>) => void,
  ): () => void {
    if (this.#closing !== undefined) throw closed('on');
    if (type === 'called') return (this.#callListeners ??= listen(this.#native, true)).add(type, listener);
    return (this.#listeners ??= listen(this.#native, false)).add(type, listener);
  }

  close(): Promise<void>;
  close(options: CloseOptions): Promise<CloseReport>;
  async close({ deadlineMs }: Partial<CloseOptions> = {}): Promise<CloseReport | void> {
    if (deadlineMs === undefined) {
      await (this.#closing ??= run(this.#native, 'close', {}));
      return;
    }
    const closing = run<CloseReport>(this.#native, 'close', { deadlineMs });
    const earlier = this.#closing;
    this.#closing ??= closing;
    // An invalid deadline does not close the client.
    closing.catch(() => (this.#closing = earlier));
    return closing;
  }

  #callAsync<T, P = never>(operation: string, input: object, watch?: Watch<P>): Promise<T> {
    if (this.#closing !== undefined) return Promise.reject(closed(operation));
    return run<T, P>(this.#native, operation, input, watch);
  }

  #callSync<T>(operation: string, input: object): T {
    if (this.#closing !== undefined) throw closed(operation);
    return runSync(this.#native, operation, input);
  }

  #quotasFor(operation: string): Quotas {
    if (this.#closing !== undefined) throw closed(operation);
    return (this.#quotas ??= new Quotas(this.#native));
  }

  /** Skips JSON for valid input, which halves the time of a call. The native side reports invalid input. */
  #fastSeal(operation: 'seal' | 'unseal', location: ValueLocation, text: string): string | undefined {
    if (this.#closing !== undefined || !isLocation(location) || !isText(text)) return undefined;
    return runDirect(this.#native, operation, location, text);
  }

  /** Closes the client, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

const DAY_MS = 86_400_000;

const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

/** Returns the first of the 30 days that end with `day`. Returns an invalid day unchanged, so that the native side reports it. */
function monthBefore(day: string): string {
  const ms = Date.parse(day);
  return Number.isNaN(ms) ? day : dayOf(ms - 29 * DAY_MS);
}

/** Returns false for an unpaired surrogate: the JSON call would reject it, and the direct call would change it. */
function isText(value: unknown): value is string {
  return typeof value === 'string' && value.isWellFormed();
}

function isLocation(location: unknown): location is ValueLocation {
  if (typeof location !== 'object' || location === null) return false;
  const { tenant = '', accountId, field } = location as Partial<ValueLocation>;
  const expected = 'tenant' in location ? 3 : 2;
  return accountId !== '' && isText(tenant) && isText(accountId) && isText(field) && Object.keys(location).length === expected;
}

/** Attaches the host's error as the `cause` of a failure. Logs show it; JSON does not contain it. */
function withCauses(report: CollectReport): CollectReport {
  for (const failure of report.failures as (CollectReport['failures'][number] & { fault?: number | null })[]) {
    const hostError = causeOf(failure.fault);
    if (hostError !== undefined) Object.defineProperty(failure, 'cause', { value: hostError.cause });
    delete failure.fault;
  }
  return report;
}

/** Converts an account reference in either form to the native form. The native side reports an invalid one. */
function key(account: AccountRef): AccountKey {
  return typeof account === 'string' ? { tenant: '', accountId: account } : (account as AccountKey);
}

/** Decodes a webhook body. Decoding changes invalid UTF-8, so such a body fails verification. TikTok sends only valid UTF-8. */
function utf8(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}

function closed(operation: string): ToklinkError {
  return new ToklinkError({ code: 'CLOSED', operation, message: 'the client is closed; create a new one' });
}
