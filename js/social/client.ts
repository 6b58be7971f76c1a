import { createHash, randomBytes } from 'node:crypto';
import { ToklinkError } from '../errors.js';
import type { TokenSet, UserInfo, Video } from '../types.js';
import { createPost } from './post.js';
import { shared } from './tokens.js';
import type {
  ISocialClient,
  OAuthTokenResponse,
  PostOptions,
  PostResult,
  SocialAccountInfo,
  SocialClientOptions,
  SocialMetricsData,
  SocialPost,
} from './types.js';

/** The most videos that TikTok gives at once (docs/tiktok-api.md 4.2). */
const PAGE = 20;
/** A base64url SHA-256, as RFC 7636 has it. */
const BASE64URL_DIGEST = /^[A-Za-z0-9_-]{43}$/;

/**
 * TikTok as the dashboard's other platforms are used. It keeps no tokens beyond the process and renews none by itself:
 * that is the host's, as with its other clients. Every failure is an `Error` in words for people whose `cause` is the
 * `ToklinkError`; TikTok's limits are kept over all clients of the process.
 */
export class TikTokClient implements ISocialClient {
  readonly platform = 'TIKTOK' as const;
  #accessToken: string | undefined;
  #accountId: string | undefined;

  constructor(options: SocialClientOptions = {}) {
    this.#accessToken = options.accessToken;
    this.#accountId = options.accountId;
  }

  setAccessToken(token: string): void {
    this.#accessToken = token;
  }

  /** `codeChallenge` as `generatePKCE` makes it; one in base64url, as other platforms want it, is given as TikTok wants it. */
  getAuthUrl(redirectUri: string, state: string, codeChallenge?: string): string {
    return inWords('TikTok sign-in cannot begin', () =>
      shared().client.authorizeUrl({
        redirectUri,
        state,
        ...(codeChallenge !== undefined && { codeChallenge: asHex(codeChallenge) }),
      }),
    );
  }

  async exchangeCodeForTokens(code: string, redirectUri: string, codeVerifier?: string): Promise<OAuthTokenResponse> {
    const tokens = await told('TikTok token exchange failed', () =>
      shared().client.exchangeCode({ code, redirectUri, ...(codeVerifier !== undefined && { codeVerifier }) }),
    );
    return this.#take(tokens);
  }

  async refreshAccessToken(refreshToken: string): Promise<OAuthTokenResponse> {
    const tokens = await told('TikTok token refresh failed', () => shared().client.refreshTokens(refreshToken));
    return this.#take(tokens, refreshToken);
  }

  async getAccountInfo(): Promise<SocialAccountInfo> {
    const user = await told('Failed to get TikTok user info', () => this.#user());
    this.#accountId = user.openId;
    return {
      platformId: user.openId,
      username: user.username ?? '',
      displayName: user.displayName,
      ...(user.profileDeepLink !== null && { profileUrl: user.profileDeepLink }),
      ...(user.avatarUrl !== null && { avatarUrl: user.avatarUrl }),
      ...(user.followerCount !== null && { followersCount: user.followerCount }),
      ...(user.followingCount !== null && { followingCount: user.followingCount }),
    };
  }

  /** Posts the video at `mediaUrls[0]` with the caption `content`; `metadata` holds `TikTokPostSettings`. */
  createPost(content: string, options: PostOptions = {}): Promise<PostResult> {
    return told('TikTok video publish failed', () => createPost(shared().client, this.#account(), content, options));
  }

  /** The newest videos, in pages of TikTok's 20. */
  async getPosts(limit = 10): Promise<SocialPost[]> {
    const posts: SocialPost[] = [];
    await told('Failed to get TikTok videos', async () => {
      const account = this.#account();
      let cursor: number | null = null;
      while (posts.length < limit) {
        const maxCount = Math.min(limit - posts.length, PAGE);
        const page: { videos: Video[]; nextCursor: number | null } = await shared().client.listVideos(account, {
          maxCount,
          ...(cursor !== null && { cursor }),
        });
        posts.push(...page.videos.map(post));
        if (page.nextCursor === null || page.nextCursor === cursor) return;
        cursor = page.nextCursor;
      }
    });
    return posts.slice(0, limit);
  }

  async getMetrics(): Promise<SocialMetricsData> {
    const metrics = await told('Failed to get TikTok metrics', () => shared().client.accountMetrics(this.#account()));
    return {
      followers: metrics.followers,
      following: metrics.following,
      postsCount: metrics.videoCount,
      engagementRate: metrics.engagementRate,
      impressions: metrics.views,
    };
  }

  /** With fewer fields when the user did not grant the scopes of the others: one too many fails the whole call. */
  async #user(): Promise<UserInfo> {
    const { client } = shared();
    try {
      return await client.userInfo(this.#account());
    } catch (fault) {
      if (!ToklinkError.is(fault) || fault.code !== 'PERMISSION_DENIED') throw fault;
      return client.userInfo(this.#account({ basicOnly: true }));
    }
  }

  #account(scopes: { basicOnly?: boolean } = {}): string {
    if (this.#accessToken === undefined || this.#accessToken === '') {
      throw new Error('Access token is required. Call exchangeCodeForTokens first.');
    }
    return shared().hold(this.#accessToken, this.#accountId, scopes);
  }

  #take(tokens: TokenSet, earlierRefreshToken?: string): OAuthTokenResponse {
    this.#accessToken = tokens.accessToken;
    this.#accountId = tokens.openId;
    const refreshToken = tokens.refreshToken ?? earlierRefreshToken;
    return {
      accessToken: tokens.accessToken,
      ...(refreshToken !== undefined && { refreshToken }),
      expiresAt: new Date(tokens.expiresAt),
      tokenType: tokens.tokenType,
      scope: tokens.scopes.join(','),
    };
  }
}

/** A new verifier and its challenge in TikTok's form: lower-case hex (docs/tiktok-api.md 1.4). */
export function generatePKCE(): { codeVerifier: string; codeChallenge: string } {
  const codeVerifier = randomBytes(48).toString('base64url');
  return { codeVerifier, codeChallenge: createHash('sha256').update(codeVerifier).digest('hex') };
}

function asHex(challenge: string): string {
  return BASE64URL_DIGEST.test(challenge) ? Buffer.from(challenge, 'base64url').toString('hex') : challenge;
}

function post(video: Video): SocialPost {
  const acts = video.likeCount + video.commentCount + video.shareCount;
  return {
    id: video.id,
    platformPostId: video.id,
    platform: 'TIKTOK',
    content: video.title,
    ...(video.coverImageUrl !== null && { mediaUrls: [video.coverImageUrl] }),
    publishedAt: new Date(video.createdAt),
    url: video.shareUrl ?? '',
    metrics: {
      likes: video.likeCount,
      comments: video.commentCount,
      shares: video.shareCount,
      impressions: video.viewCount,
      engagementRate: video.viewCount > 0 ? (acts / video.viewCount) * 100 : 0,
    },
    rawData: { ...video },
  };
}

async function told<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (fault) {
    throw worded(what, fault);
  }
}

function inWords<T>(what: string, work: () => T): T {
  try {
    return work();
  } catch (fault) {
    throw worded(what, fault);
  }
}

/** These are about other tokens than the one that calls are made with. */
const ABOUT_TOKENS = new Set(['exchangeCode', 'refreshTokens']);

/** toklink's sentence says what happened and what to do next; a limit is told as the dashboard tells it. */
function worded(what: string, fault: unknown): unknown {
  if (!ToklinkError.is(fault)) return fault;
  const limited = fault.code === 'RATE_LIMITED' || fault.code === 'QUOTA_EXHAUSTED';
  if (limited && fault.retryAfterMs !== null) {
    const resets = new Date(Date.now() + fault.retryAfterMs).toISOString();
    return new Error(`TikTok rate limit exceeded. Resets at ${resets}`, { cause: fault });
  }
  if (fault.code === 'UNAUTHORIZED' && !ABOUT_TOKENS.has(fault.operation)) {
    // The refresh token is the host's, and toklink has never seen it.
    const next = 'renew it with refreshAccessToken, or connect the account again';
    return new Error(`${what}: TikTok does not accept the access token any more; ${next}`, { cause: fault });
  }
  return new Error(`${what}: ${fault.message}`, { cause: fault });
}
