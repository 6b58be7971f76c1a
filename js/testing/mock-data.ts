import type {
  Account,
  AccountKey,
  AccountMetrics,
  AccountRef,
  CreatorInfo,
  MetricsHistory,
  ProbeReport,
  PublishOutcome,
  TokenSet,
  UserInfo,
  Video,
  WebhookEvent,
} from '../types.js';

// The fixed data that a mock client returns. Each call returns a new copy.
const AT = '2026-01-01T00:00:00.000Z';
const LATER = '2099-01-01T00:00:00.000Z';
export const MOCK_OPEN_ID = 'mock-open-id';
const USERNAME = 'mock.creator';
export const SCOPES = ['user.info.basic', 'user.info.profile', 'user.info.stats', 'video.list', 'video.publish', 'video.upload'];

export function keyOf(account: AccountRef): AccountKey {
  return typeof account === 'string' ? { tenant: '', accountId: account } : { tenant: account.tenant ?? '', accountId: account.accountId };
}

export function mockAccount(account: AccountRef): Account {
  return {
    ...keyOf(account),
    displayName: 'Mock Creator',
    username: USERNAME,
    avatarUrl: null,
    scopes: [...SCOPES],
    requestedScopes: [...SCOPES],
    missingScopes: [],
    status: 'ACTIVE',
    connectedAt: AT,
    tokenExpiresAt: LATER,
    connectedBy: 'mock-user',
  };
}

export function mockTokens(): TokenSet {
  return {
    accessToken: 'mock-access-token',
    refreshToken: 'mock-refresh-token',
    openId: MOCK_OPEN_ID,
    scopes: [...SCOPES],
    tokenType: 'Bearer',
    expiresAt: LATER,
    refreshExpiresAt: LATER,
  };
}

export function mockUser(account: AccountRef): UserInfo {
  return {
    openId: keyOf(account).accountId,
    unionId: null,
    displayName: 'Mock Creator',
    username: USERNAME,
    avatarUrl: null,
    bioDescription: null,
    profileDeepLink: `https://www.tiktok.com/@${USERNAME}`,
    isVerified: false,
    followerCount: 1000,
    followingCount: 10,
    likesCount: 5000,
    videoCount: 1,
  };
}

export function mockMetrics(): AccountMetrics {
  return {
    ...{ followers: 1000, following: 10, likes: 5000, videoCount: 1, videosRead: 1 },
    ...{ views: 1000, videoLikes: 80, comments: 15, shares: 5, viewsPerVideo: 1000 },
    ...{ likeRate: 8, commentRate: 1.5, shareRate: 0.5, engagementRate: 10 },
    readAt: AT,
  };
}

export function mockHistory({ from = '2026-01-01', to = from }: { from?: string; to?: string }): MetricsHistory {
  const point = { ...mockMetrics(), day: to, growth: null };
  return { from, to, points: [point], gaps: [], day: null, week: null, month: null };
}

export function mockVideo(id = '7000000000000000001'): Video {
  return {
    id,
    title: 'Mock video',
    videoDescription: 'Mock video #mock',
    durationSec: 15,
    createdAt: AT,
    coverImageUrl: null,
    shareUrl: `https://www.tiktok.com/@${USERNAME}/video/${id}`,
    embedLink: null,
    width: 1080,
    height: 1920,
    viewCount: 1000,
    likeCount: 80,
    commentCount: 15,
    shareCount: 5,
  };
}

export function mockCreator(): CreatorInfo {
  return {
    username: USERNAME,
    nickname: 'Mock Creator',
    avatarUrl: null,
    privacyLevelOptions: ['PUBLIC_TO_EVERYONE', 'MUTUAL_FOLLOW_FRIENDS', 'SELF_ONLY'],
    commentDisabled: false,
    duetDisabled: false,
    stitchDisabled: false,
    maxVideoPostDurationSec: 600,
  };
}

export function mockProbe(): ProbeReport {
  return {
    video: {
      ...{ container: 'mp4', mime: 'video/mp4', sizeBytes: 1_000_000, durationMs: 15_000, width: 1080, height: 1920, rotation: 0 },
      ...{ videoCodec: 'h264', frameRate: 30, variableFrameRate: false, hasAudio: true },
    },
    findings: [],
  };
}

/** Returns a finished public post. */
export function mockOutcome(publishId: string, idempotencyKey: string, totalBytes: number, photos = false): PublishOutcome {
  const postId = '7000000000000000002';
  return {
    publishId,
    status: 'PUBLISH_COMPLETE',
    failReason: null,
    postIds: [postId],
    uploadedBytes: totalBytes,
    postId,
    shareUrl: `https://www.tiktok.com/@${USERNAME}/${photos ? 'photo' : 'video'}/${postId}`,
    phase: 'published',
    idempotencyKey,
    warnings: [],
  };
}

export function mockWebhook(): WebhookEvent {
  return {
    event: 'post.publish.complete',
    publishId: 'mock-publish-1',
    publishType: 'DIRECT_PUBLISH',
    clientKey: 'mock-client-key',
    createdAt: AT,
    accountId: MOCK_OPEN_ID,
    dedupeKey: 'mock-webhook',
  };
}

export const SWEPT = { collected: 1, current: 0, skipped: 0, failed: 0, total: 1, day: AT.slice(0, 10), complete: true } as const;
