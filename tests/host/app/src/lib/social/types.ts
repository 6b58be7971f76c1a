import type { SocialPlatform } from '@/generated/prisma/client';

export interface SocialClientOptions {
  accessToken?: string;
  refreshToken?: string;
  accountId?: string;
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
  metadata?: Record<string, unknown>;
}

export interface PostResult {
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
  engagementRate?: number;
}

export interface SocialPost {
  id: string;
  platformPostId: string;
  platform: SocialPlatform;
  content: string;
  mediaUrls?: string[];
  publishedAt: Date;
  metrics?: PostMetrics;
  url: string;
  rawData?: Record<string, unknown>;
}

export interface SocialComment {
  id: string;
  author: string;
  text: string;
  createdAt: Date;
}

export interface SocialMetricsData {
  followers: number;
  following: number;
  postsCount: number;
  /** The engagement rate in percent. */
  engagementRate?: number;
  impressions?: number;
  reach?: number;
  period?: { start: Date; end: Date };
}

/** The client of one connected account of any platform. */
export interface ISocialClient {
  readonly platform: SocialPlatform;
  getAuthUrl(redirectUri: string, state: string, codeChallenge?: string): string;
  exchangeCodeForTokens(code: string, redirectUri: string, codeVerifier?: string): Promise<OAuthTokenResponse>;
  refreshAccessToken?(refreshToken: string): Promise<OAuthTokenResponse>;
  getAccountInfo(): Promise<SocialAccountInfo>;
  createPost(content: string, options?: PostOptions): Promise<PostResult>;
  getPosts(limit?: number): Promise<SocialPost[]>;
  deletePost?(postId: string): Promise<void>;
  getComments?(postId: string, limit: number): Promise<SocialComment[]>;
  getMetrics(): Promise<SocialMetricsData>;
}
