import { createHash, randomBytes } from 'node:crypto';
import type { TikTokApi } from '../client-interface.js';
import { ToklinkError } from '../errors.js';
import type { AccountRef, TokenSet, UserInfo, Video } from '../types.js';
import { described, describedNow } from './errors.js';
import { createPost } from './post.js';
import { AccountSession, encryptedToken, isEncrypted } from './session.js';
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

/** The maximum number of videos per page (docs/tiktok-api.md 4.2). */
const PAGE = 20;
/** A base64url SHA-256, as RFC 7636 defines it. */
const BASE64URL_DIGEST = /^[A-Za-z0-9_-]{43}$/;

/**
 * A TikTok client with the interface of the dashboard's other platforms. With `client` and `account` it uses a stored account, whose
 * token `client` refreshes, and shares the limits and the cache of `client`. Without them it uses plaintext tokens that the host stores
 * and refreshes itself; it rejects an encrypted token before it sends a request. Every failure is an `Error` with a message for users,
 * whose `cause` is the `ToklinkError`.
 */
export class TikTokClient implements ISocialClient {
  readonly platform = 'TIKTOK' as const;
  readonly #options: SocialClientOptions;
  #session: AccountSession | undefined;
  #accessToken: string | undefined;
  #accountId: string | undefined;

  constructor(options: SocialClientOptions = {}) {
    this.#options = options;
    this.#accountId = options.accountId;
    const { client, account, accessToken } = options;
    if (client !== undefined && account !== undefined) this.#session = new AccountSession(client, { given: account });
    else if (accessToken !== undefined) this.setAccessToken(accessToken);
  }

  /** Replaces the token. Accepts an encrypted token only when the option `client` can decrypt it for `accountId`. */
  setAccessToken(token: string): void {
    if (!isEncrypted(token)) {
      this.#accessToken = token;
      return;
    }
    const { client } = this.#options;
    if (client === undefined || this.#accountId === undefined) throw encryptedToken('access token');
    this.#session = new AccountSession(client, { accountId: this.#accountId, sealed: token });
  }

  /** Returns the URL of the consent page. Converts a base64url `codeChallenge`, as other platforms use it, to TikTok's hex form. */
  getAuthUrl(redirectUri: string, state: string, codeChallenge?: string): string {
    return describedNow('TikTok login cannot start', () =>
      this.#client.authorizeUrl({
        redirectUri,
        state,
        ...(codeChallenge !== undefined && { codeChallenge: asHex(codeChallenge) }),
      }),
    );
  }

  async exchangeCodeForTokens(code: string, redirectUri: string, codeVerifier?: string): Promise<OAuthTokenResponse> {
    const tokens = await described('TikTok token exchange failed', () =>
      this.#client.exchangeCode({ code, redirectUri, ...(codeVerifier !== undefined && { codeVerifier }) }),
    );
    return this.#take(tokens);
  }

  /**
   * Resolves to a valid token. With the option `client`, that client refreshes the token when needed. `refreshToken` is then ignored, and
   * the result contains none, because a refresh token is invalid after its first use. Otherwise exchanges `refreshToken`, which must be
   * in plaintext.
   */
  async refreshAccessToken(refreshToken: string): Promise<OAuthTokenResponse> {
    const session = this.#session;
    return described('TikTok token refresh failed', async () => {
      if (session !== undefined) return session.tokens();
      if (isEncrypted(refreshToken)) throw encryptedToken('refresh token');
      return this.#take(await this.#client.refreshTokens(refreshToken), refreshToken);
    });
  }

  async getAccountInfo(): Promise<SocialAccountInfo> {
    const user = await described('Failed to get TikTok user info', () => this.#user());
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

  /** Posts the video at `mediaUrls[0]` with the caption `content`; `metadata` contains `TikTokPostSettings`. */
  createPost(content: string, options: PostOptions = {}): Promise<PostResult> {
    return described('TikTok video publish failed', async () =>
      createPost(this.#client, await this.#account(), content, options, this.#options),
    );
  }

  /** Resolves to the newest videos, which it reads in pages of 20. */
  async getPosts(limit = PAGE): Promise<SocialPost[]> {
    const posts: SocialPost[] = [];
    await described('Failed to get TikTok videos', async () => {
      const account = await this.#account();
      let cursor: number | null = null;
      while (posts.length < limit) {
        const maxCount = Math.min(limit - posts.length, PAGE);
        const page: { videos: Video[]; nextCursor: number | null } = await this.#client.listVideos(account, {
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
    const metrics = await described('Failed to get TikTok metrics', async () =>
      this.#client.accountMetrics(await this.#account()),
    );
    return {
      followers: metrics.followers,
      following: metrics.following,
      postsCount: metrics.videoCount,
      engagementRate: metrics.engagementRate,
      impressions: metrics.views,
    };
  }

  get #client(): TikTokApi {
    return this.#session?.client ?? shared().client;
  }

  /**
   * Resolves to the profile. Requests only the basic fields when another scope is not granted, because TikTok rejects the whole request
   * for one field without its scope.
   */
  async #user(): Promise<UserInfo> {
    const account = await this.#account();
    try {
      return await this.#client.userInfo(account);
    } catch (fault) {
      const hosted = this.#session === undefined;
      if (!hosted || !ToklinkError.is(fault) || fault.code !== 'PERMISSION_DENIED') throw fault;
      return this.#client.userInfo(this.#hostedAccount({ basicOnly: true }));
    }
  }

  async #account(): Promise<AccountRef> {
    return this.#session?.account() ?? this.#hostedAccount();
  }

  #hostedAccount(scopes: { basicOnly?: boolean } = {}): string {
    if (this.#accessToken === undefined || this.#accessToken === '') {
      throw new Error('the access token is missing; call exchangeCodeForTokens first');
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

/** Returns a new verifier and its challenge in lowercase hex, as TikTok requires (docs/tiktok-api.md 1.4). */
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
    content: video.videoDescription || video.title,
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
