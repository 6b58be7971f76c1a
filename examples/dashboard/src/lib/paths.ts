const API = '/api/social/tiktok';

export function connectPath(workspace: { id: string; slug: string }): string {
  return `${API}/connect?${new URLSearchParams({ workspaceId: workspace.id, workspaceSlug: workspace.slug })}`;
}

/** A route of one account in one workspace. */
export function accountPath(
  route: 'metrics' | 'videos' | 'quota' | 'creator' | 'publish',
  account: { accountId: string; workspaceId: string },
  more: Record<string, string> = {},
): string {
  return `${API}/${route}?${new URLSearchParams({ ...account, ...more })}`;
}

export const publishEventsPath = (jobId: string) => `${API}/publish/events?jobId=${encodeURIComponent(jobId)}`;
export const cancelPath = `${API}/publish/cancel`;
export const disconnectPath = `${API}/disconnect`;
