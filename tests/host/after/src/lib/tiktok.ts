import { Client } from 'toklink';
import { createTikTokHandlers, perProcess, type TikTokHandlers } from 'toklink/next';
import { prismaAccounts, prismaHealth, prismaStore } from 'toklink/prisma';
import { recordOutcome } from './calendar/outcome';
import { prisma } from './database';
import { requireWorkspacePermission } from './permissions';
import { auth, type Session } from './session';
import { recordHealth } from './social/health';

/** `on` migrates the rows of the app's own code to toklink, `back` migrates them back. Set it only during the migration. */
const MIGRATION = process.env['TIKTOK_MIGRATION'];

/** Returns the client of this process. The routes, Streams, calendar and jobs share its sessions, limits and cache. */
export function tiktokClient(): Client {
  return perProcess('client', () => {
    const database = prisma();
    const client = new Client({
      store: prismaStore(database),
      acceptLegacy: true,
    });
    client.on('called', prismaHealth(database, recordHealth));
    return client;
  });
}

export const tiktok: TikTokHandlers = createTikTokHandlers<Session>({
  client: tiktokClient,
  auth,
  permissions: requireWorkspacePermission,
  workspaces: {
    byId: (id) => prisma().workspace.findUnique({ where: { id }, select: { id: true, slug: true } }),
  },
  accounts: { find: (accountId, workspaceId) => prismaAccounts(prisma()).find(accountId, workspaceId) },
  webhooks: { onEvent: recordOutcome },
  ...(MIGRATION && { migration: { acceptClearText: true, format: MIGRATION === 'back' ? 'legacy' : 'current' } }),
});
