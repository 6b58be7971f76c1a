import type {
  ISocialClient,
  OAuthTokenResponse,
  PostOptions,
  PostResult,
  SocialAccountInfo,
  SocialClientOptions,
  SocialComment,
  SocialMetricsData,
  SocialPost,
} from './types';

/** The client of another platform, whose API is at TWITTER_API_BASE_URL. */
export class TwitterClient implements ISocialClient {
  readonly platform = 'TWITTER' as const;

  constructor(private readonly options: SocialClientOptions) {}

  getAuthUrl(redirectUri: string, state: string): string {
    return `${this.#base}/authorize?${new URLSearchParams({ redirect_uri: redirectUri, state })}`;
  }

  exchangeCodeForTokens(code: string, redirectUri: string): Promise<OAuthTokenResponse> {
    return this.#call('token', { code, redirectUri });
  }

  refreshAccessToken(refreshToken: string): Promise<OAuthTokenResponse> {
    return this.#call('token', { refreshToken });
  }

  getAccountInfo(): Promise<SocialAccountInfo> {
    return this.#call('me');
  }

  async createPost(content: string, options: PostOptions = {}): Promise<PostResult> {
    const { id, url } = await this.#call<{ id: string; url: string }>('posts/new', { content, mediaUrls: options.mediaUrls });
    return { platformPostId: id, url, publishedAt: new Date() };
  }

  async getPosts(limit = 20): Promise<SocialPost[]> {
    const posts = await this.#call<SocialPost[]>(`posts?limit=${limit}`);
    return posts.map((post) => ({ ...post, publishedAt: new Date(post.publishedAt) }));
  }

  async getComments(postId: string, limit: number): Promise<SocialComment[]> {
    const comments = await this.#call<SocialComment[]>(`posts/${postId}/comments?limit=${limit}`);
    return comments.map((comment) => ({ ...comment, createdAt: new Date(comment.createdAt) }));
  }

  getMetrics(): Promise<SocialMetricsData> {
    return this.#call('metrics');
  }

  get #base(): string {
    return process.env['TWITTER_API_BASE_URL'] ?? 'https://api.twitter.example';
  }

  async #call<T>(path: string, body?: unknown): Promise<T> {
    const response = await fetch(`${this.#base}/${path}`, {
      headers: { authorization: `Bearer ${this.options.accessToken ?? ''}`, 'content-type': 'application/json' },
      ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`Twitter answered ${response.status}`);
    return (await response.json()) as T;
  }
}
