import type { TikTokApi } from '../client-interface.js';
import type { AccountRef } from '../types.js';

/** The dashboard's own shapes, so that `TikTokClient` fits beside its other clients without a cast. */

export interface SocialClientOptions {
  /** A token in clear. An encrypted one is refused, unless `client` can open it for the account. */
  accessToken?: string;
  refreshToken?: string;
  /** TikTok's open_id. */
  accountId?: string;
  /** The client of the routes: its session refreshes tokens, and its limits and cache are shared. */
  client?: TikTokApi;
  /** The account of `client` that this object is for, `{ tenant: workspaceId, accountId }`. Tokens are then not needed. */
  account?: AccountRef;
  /** Used by `createPost` where `metadata` of the post names nothing. */
  defaults?: Partial<TikTokPostSettings>;
  /**
   * Whether `createPost` waits for TikTok to publish, for up to 30 minutes. Default true; `false` returns as soon as TikTok
   * has the whole video, for a route that must answer in time.
   */
  wait?: boolean;
}

export interface OAuthTokenResponse {
  accessToken: string;
  refreshToken?: string;
  expiresAt?: Date;
  tokenType: string;
  scope?: string;
}

export interface SocialAccountInfo {
  platformId: string;
  /** The handle without `@`; empty when the user did not grant `user.info.profile`, since a nickname is no handle. */
  username: string;
  displayName: string;
  profileUrl?: string;
  avatarUrl?: string;
  followersCount?: number;
  followingCount?: number;
}

export interface PostOptions {
  mediaUrls?: string[];
  mediaIds?: string[];
  scheduledAt?: Date;
  replyToId?: string;
  /** For TikTok the fields of `TikTokPostSettings`; another name is ignored with a process warning. */
  metadata?: Record<string, unknown>;
}

/** How a video is posted, given as `metadata`. */
export interface TikTokPostSettings {
  /** Required, and chosen by the person who posts: TikTok's audit refuses apps that choose for them. */
  privacyLevel: 'PUBLIC' | 'FOLLOWERS' | 'FRIENDS' | 'SELF';
  /** Without `#`; added behind the caption. */
  hashtags?: string[];
  allowComment?: boolean;
  allowDuet?: boolean;
  allowStitch?: boolean;
  /** The same key posts once, however often it is given. */
  idempotencyKey?: string;
}

export interface PostResult {
  /** The post's id, or TikTok's id of the publish while there is none: only public posts get one, after moderation. */
  platformPostId: string;
  url: string;
  publishedAt: Date;
}

export interface PostMetrics {
  likes: number;
  comments: number;
  shares: number;
  impressions?: number;
  reach?: number;
  /** Percent: (likes + comments + shares) / views * 100; 0 without views. */
  engagementRate?: number;
}

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

export interface ISocialClient {
  readonly platform: 'TIKTOK';
  getAuthUrl(redirectUri: string, state: string, codeChallenge?: string): string;
  exchangeCodeForTokens(code: string, redirectUri: string, codeVerifier?: string): Promise<OAuthTokenResponse>;
  refreshAccessToken?(refreshToken: string): Promise<OAuthTokenResponse>;
  getAccountInfo(): Promise<SocialAccountInfo>;
  createPost(content: string, options?: PostOptions): Promise<PostResult>;
  getPosts(limit?: number): Promise<SocialPost[]>;
  getMetrics(): Promise<SocialMetricsData>;
}
