/** Identifies a connected account in requests to the routes. */
export interface TikTokAccount {
  /** TikTok's open_id. */
  accountId: string;
  workspaceId: string;
}

/** The default base path of the `toklink/next` routes. */
export const BASE_PATH = '/api/social/tiktok';

/** Props of every component that calls the routes. */
export interface Mounted {
  /** The base path of the routes. Default `/api/social/tiktok`. */
  basePath?: string;
}

export type AccountRoute =
  | 'metrics'
  | 'metrics/history'
  | 'videos'
  | 'quota'
  | 'creator'
  | 'publish'
  | 'publish/photos'
  | 'publish/events';

export function accountPath(
  basePath: string | undefined,
  route: AccountRoute,
  { accountId, workspaceId }: TikTokAccount,
  more: Record<string, string> = {},
): string {
  return `${basePath ?? BASE_PATH}/${route}?${new URLSearchParams({ accountId, workspaceId, ...more })}`;
}

export function routePath(basePath: string | undefined, route: string, query: Record<string, string> = {}): string {
  const asked = new URLSearchParams(query).toString();
  return `${basePath ?? BASE_PATH}/${route}${asked === '' ? '' : `?${asked}`}`;
}
