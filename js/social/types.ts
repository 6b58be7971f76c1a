import type { TikTokApi } from '../client-interface.js';
import type { AccountRef } from '../types.js';

// These types are copies of the dashboard's own, so that it can use `TikTokClient` like its other clients without a cast.

/** Options of `TikTokClient`. */
export interface SocialClientOptions {
  /** A token in plaintext. An encrypted one is rejected, unless `client` can decrypt it for the account. */
  accessToken?: string;
  refreshToken?: string;
  /** TikTok's open_id. */
  accountId?: string;
  /** The client that the routes use. It refreshes the tokens, and its limits and cache are shared. */
  client?: TikTokApi;
  /** The account of `client` to use, `{ tenant: workspaceId, accountId }`. Replaces the token options. */
  account?: AccountRef;
  /** Default settings of `createPost`, for fields that the post's `metadata` omits. */
  defaults?: Partial<TikTokPostSettings>;
  /**
   * Makes `createPost` wait until TikTok has published the video, for up to 30 minutes. Default true; `false` resolves as soon as TikTok
   * has the whole video, for a route that has to respond earlier.
   */
  wait?: boolean;
}

/** Tokens in plaintext, as the dashboard's code expects them. */
export interface OAuthTokenResponse {
  accessToken: string;
  refreshToken?: string;
  expiresAt?: Date;
  tokenType: string;
  scope?: string;
}

/** An account's profile. */
export interface SocialAccountInfo {
  /** TikTok's open_id. */
  platformId: string;
  /** The handle without `@`; empty when the user did not grant `user.info.profile`, because a nickname is not a handle. */
  username: string;
  displayName: string;
  profileUrl?: string;
  avatarUrl?: string;
  followersCount?: number;
  followingCount?: number;
}

/** Options of `createPost`. */
export interface PostOptions {
  /** URLs of the media. */
  mediaUrls?: string[];
  mediaIds?: string[];
  scheduledAt?: Date;
  replyToId?: string;
  /** The fields of `TikTokPostSettings`. toklink ignores any other field and emits a process warning. */
  metadata?: Record<string, unknown>;
}

/** The settings of a video, passed as `metadata`. */
export interface TikTokPostSettings {
  /** Required, and chosen by the user who posts: TikTok's audit rejects apps that choose for the user. */
  privacyLevel: 'PUBLIC' | 'FOLLOWERS' | 'FRIENDS' | 'SELF';
  /** Without `#`; appended to the caption. */
  hashtags?: string[];
  allowComment?: boolean;
  allowDuet?: boolean;
  allowStitch?: boolean;
  /** The same key posts at most once. */
  idempotencyKey?: string;
}

/** A created post. */
export interface PostResult {
  /** The post's id, or TikTok's publish id while there is none. Only public posts get a post id, after moderation. */
  platformPostId: string;
  url: string;
  publishedAt: Date;
}

/** The lifetime counts of a post. */
export interface PostMetrics {
  likes: number;
  comments: number;
  shares: number;
  impressions?: number;
  reach?: number;
  /** Percent: (likes + comments + shares) / views * 100; 0 without views. */
  engagementRate?: number;
}

/** A public video in the dashboard's format. */
export interface SocialPost {
  id: string;
  platformPostId: string;
  platform: 'TIKTOK';
  content: string;
  mediaUrls?: string[];
  publishedAt: Date;
  metrics?: PostMetrics;
  url: string;
  rawData?: Record<string, unknown>;
}

/** An account's metrics in the dashboard's format. */
export interface SocialMetricsData {
  followers: number;
  following: number;
  postsCount: number;
  /** Percent, over the newest videos. */
  engagementRate?: number;
  /** Views of the newest videos. */
  impressions?: number;
  reach?: number;
  period?: { start: Date; end: Date };
}

/** The dashboard's interface for social clients. Every method rejects with an `Error` whose message is meant for users. */
export interface ISocialClient {
  readonly platform: 'TIKTOK';
  /** Returns the URL of the consent page. `codeChallenge` is the SHA-256 of the verifier in lowercase hex. */
  getAuthUrl(redirectUri: string, state: string, codeChallenge?: string): string;
  /** Exchanges an authorization code for tokens. Stores nothing. */
  exchangeCodeForTokens(code: string, redirectUri: string, codeVerifier?: string): Promise<OAuthTokenResponse>;
  /** Exchanges a refresh token for new tokens. Stores nothing. */
  refreshAccessToken?(refreshToken: string): Promise<OAuthTokenResponse>;
  /** Resolves to the profile. */
  getAccountInfo(): Promise<SocialAccountInfo>;
  /** Posts a video with the caption `content`. */
  createPost(content: string, options?: PostOptions): Promise<PostResult>;
  /** Resolves to the newest public videos. */
  getPosts(limit?: number): Promise<SocialPost[]>;
  /** Resolves to the account's metrics. */
  getMetrics(): Promise<SocialMetricsData>;
}
