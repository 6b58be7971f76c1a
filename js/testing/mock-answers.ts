import type { TikTokApi } from '../client-interface.js';
import { ToklinkError } from '../errors.js';
import type { AccountRef, LoginInspection, PublishOptions, PublishOutcome, PublishVideoInput, VideoPage, VideoSource } from '../types.js';
import * as data from './mock-data.js';

const COOKIE = 'toklink_login_mock';
const LOGIN_SEC = 600;
const SEALED = 'tk1.mock.';

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

type ValueLocation = Parameters<TikTokApi['seal']>[0];
const locationOf = ({ tenant = '', accountId, field }: ValueLocation): string[] => [tenant, accountId, field];

function integrity(message: string): ToklinkError {
  return new ToklinkError({ code: 'INTEGRITY', message });
}

/**
 * Returns the default implementations of a mock client's methods. Every account is connected, every post succeeds, and no limit
 * applies. `videos` reads the pages of `listVideos`, which a test may have replaced.
 */
export function mockAnswers(listVideos: TikTokApi['listVideos']): Omit<TikTokApi, 'on'> {
  let publishes = 0;
  const publishId = (): string => `mock-publish-${(publishes += 1)}`;

  const outcomeOf = async (
    { signal, onProgress, idempotencyKey }: PublishOptions,
    totalBytes: number,
    photos?: boolean,
  ): Promise<PublishOutcome> => {
    if (signal?.aborted) throw new ToklinkError({ code: 'CANCELLED', owner: 'user', message: 'the caller cancelled the publish' });
    const id = publishId();
    const progress = { publishId: id, bytesSent: totalBytes, totalBytes, bytesPerSecond: totalBytes, remainingMs: 0 };
    onProgress?.({ ...progress, phase: 'sending' });
    onProgress?.({ ...progress, phase: 'published' });
    return data.mockOutcome(id, idempotencyKey ?? `mock-key-${publishes}`, totalBytes, photos);
  };

  const seal: TikTokApi['seal'] = (location, text) => SEALED + encode([...locationOf(location), text]);
  const unseal: TikTokApi['unseal'] = (location, sealed) => {
    if (!sealed.startsWith(SEALED)) throw integrity('the value was not encrypted by a mock client');
    const [text, ...at] = (JSON.parse(Buffer.from(sealed.slice(SEALED.length), 'base64url').toString()) as string[]).reverse();
    if (text === undefined || at.reverse().join('\0') !== locationOf(location).join('\0')) throw integrity('the value was encrypted for another row or column');
    return text;
  };

  const inspectLogin: TikTokApi['inspectLogin'] = ({ cookies }) => {
    const cookie = cookies[COOKIE];
    if (cookie === undefined) throw integrity('this login was not started in this browser, or it expired; start it again');
    return JSON.parse(Buffer.from(cookie, 'base64url').toString()) as LoginInspection;
  };

  return {
    authorizeUrl: ({ redirectUri = '', state }) => `https://www.tiktok.com/v2/auth/authorize/?${new URLSearchParams({ redirect_uri: redirectUri, state })}`,
    beginLogin: async ({ userId, tenant = '', returnTo = null, redirectUri = '' }) => {
      const state = 'mock-state';
      const value = encode({ userId, tenant, returnTo, cookieName: COOKIE } satisfies LoginInspection);
      const authorizeUrl = `https://www.tiktok.com/v2/auth/authorize/?${new URLSearchParams({ redirect_uri: redirectUri, state })}`;
      return { authorizeUrl, state, cookie: { name: COOKIE, value, maxAgeSec: LOGIN_SEC } };
    },
    inspectLogin,
    completeLogin: async (request) => {
      const inspection = inspectLogin(request);
      if (inspection.userId !== request.userId) throw integrity('another user started this login');
      if (new URLSearchParams(request.callback.split('?').at(-1)).has('error')) {
        throw new ToklinkError({ code: 'UNAUTHORIZED', owner: 'user', message: 'the user declined' });
      }
      const account = data.mockAccount({ tenant: inspection.tenant, accountId: data.MOCK_OPEN_ID });
      return { ...inspection, account, requestedScopes: [...data.SCOPES], missingScopes: [] };
    },
    exchangeCode: async () => data.mockTokens(),
    refreshTokens: async () => data.mockTokens(),
    revoke: async () => {},
    disconnect: async () => {},

    accounts: async (tenant = '') => [data.mockAccount({ tenant, accountId: data.MOCK_OPEN_ID })],
    account: async (account) => data.mockAccount(account),
    accessToken: async () => 'mock-access-token',
    userInfo: async (account) => data.mockUser(account),
    accountMetrics: async () => data.mockMetrics(),
    collectMetrics: async () => ({ ...data.SWEPT, failures: [] }),
    metricsHistory: async (_account, range = {}) => data.mockHistory(range),
    listVideos: async () => ({ videos: [data.mockVideo()], nextCursor: null }),
    videos: async function* (account: AccountRef) {
      let cursor: number | null = null;
      do {
        const page: VideoPage = await listVideos(account, cursor === null ? {} : { cursor });
        yield* page.videos;
        cursor = page.nextCursor;
      } while (cursor !== null);
    },
    queryVideos: async (_account, ids) => ids.map(data.mockVideo),
    creatorInfo: async () => data.mockCreator(),
    invalidateCache: () => {},

    probeVideo: async () => data.mockProbe(),
    publishVideo: async (_account, { source }: PublishVideoInput, options = {}) =>
      outcomeOf(options, source === undefined ? 0 : await drain(source)),
    publishPhotos: async (_account, _input, options = {}) => outcomeOf(options, 0, true),
    resumePublish: async (_account, publish, options = {}) => outcomeOf({ ...options, idempotencyKey: publish }, 0),
    unfinishedPublishes: async () => [],
    findPublish: async () => null,
    requestCancel: async () => {
      throw new ToklinkError({ code: 'NOT_FOUND', operation: 'requestCancel', message: 'the mock journal is empty; stub requestCancel' });
    },
    abandonPublish: async () => {},
    publishStatus: async (_account, id) => {
      const { publishId, status, failReason, postIds, uploadedBytes } = data.mockOutcome(id, '', 0);
      return { publishId, status, failReason, postIds, uploadedBytes };
    },
    waitForPublish: async (_account, id) => data.mockOutcome(id, '', 0),
    cancelPublish: async () => {},

    verifyWebhook: () => data.mockWebhook(),
    applyWebhook: async () => 'applied',

    quotaStatus: () => [],
    readQuota: async () => [],
    resetQuota: () => {},
    checkQuota: () => ({ allowed: true, retryAfterMs: 0 }),
    incrementQuota: () => {},

    seal,
    unseal,
    reseal: () => null,
    resealAccounts: async () => ({
      ...{ done: 1, total: 1, resealed: 0, current: 1, skipped: 0, failed: 0, failures: [] },
      ...{ sealingKey: 'mock', keys: { mock: 1 }, olderKey: 0, legacy: 0, clearText: 0, outstanding: 0, next: null },
    }),
    startBackgroundRefresh: () => () => {},
    close: (async (options) => (options === undefined ? undefined : { complete: true, publishes: [] })) as TikTokApi['close'],
  };
}

/** Reads a source to its end, like the client, because a route waits until its upload has been read. Resolves to its size. */
async function drain(source: VideoSource): Promise<number> {
  if (source instanceof Uint8Array) return source.byteLength;
  if (source instanceof Blob) return source.size;
  let size = 0;
  for await (const piece of source.stream as AsyncIterable<Uint8Array>) size += piece.byteLength;
  return size;
}
