const API = '/api/social/tiktok';

/** Returns the path of a route for one account in one workspace. */
export function accountPath(
  route: 'metrics' | 'metrics/history' | 'videos',
  account: { accountId: string; workspaceId: string },
  more: Record<string, string> = {},
): string {
  return `${API}/${route}?${new URLSearchParams({ ...account, ...more })}`;
}
