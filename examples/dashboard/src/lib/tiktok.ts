import { Client } from 'toklink';
import { createTikTokHandlers, perProcess, type TikTokHandlers } from 'toklink/next';
import { prismaAccounts, prismaStore } from 'toklink/prisma';
import { prisma } from './database';
import { requireWorkspacePermission } from './permissions';
import { auth, type Session } from './session';
import { count } from './tallies';

/** Returns the process's one client, which tracks the rate limits and the running refreshes. */
export function tiktokClient(): Client {
  return perProcess('client', () => {
    const client = new Client({
      store: prismaStore(prisma()),
    });
    client.on('refreshed', () => count({ flow: 'refresh', step: 'finished' }));
    client.on('refreshFailed', ({ error: { code, owner } }) => count({ flow: 'refresh', step: 'failed', code, owner }));
    return client;
  });
}

/** The route handlers. Each file under app/api/social/tiktok exports one of them. */
export const tiktok: TikTokHandlers = createTikTokHandlers<Session>({
  client: tiktokClient,
  auth,
  permissions: requireWorkspacePermission,
  workspaces: {
    byId: (id) => prisma().workspace.findUnique({ where: { id }, select: { id: true, slug: true } }),
  },
  onFlow: count,
  accounts: { find: (accountId, workspaceId) => prismaAccounts(prisma()).find(accountId, workspaceId) },
});
