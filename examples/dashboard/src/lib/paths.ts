const API = '/api/social/tiktok';

/** A route of one account in one workspace. */
export function accountPath(
  route: 'metrics' | 'metrics/history' | 'videos',
  account: { accountId: string; workspaceId: string },
  more: Record<string, string> = {},
): string {
  return `${API}/${route}?${new URLSearchParams({ ...account, ...more })}`;
}
