import { notFound, redirect } from 'next/navigation';
import { cache } from 'react';
import type { ShownAccount as Shown } from 'toklink/react';
import { prisma } from './database';
import { allows } from './permissions';
import { auth } from './session';

/** Returns the session and the workspace of a page. Redirects to the sign-in page without a session; shows "not found" to non-members. */
export const workspacePage = cache(async (slug: string) => {
  const session = await auth();
  if (!session) redirect('/login');
  const member = await prisma().workspaceMember.findFirst({
    where: { userId: session.user.id, workspace: { slug } },
    include: { workspace: true },
  });
  if (!member) notFound();
  return {
    session,
    workspace: member.workspace,
    role: member.role,
    may: {
      connect: allows(member.role, 'social:connect'),
      post: allows(member.role, 'social:post'),
    },
  };
});

/** The fields of an account that pages show, without its encrypted tokens. */
export interface ShownAccount extends Shown {
  scopes: string[];
  connectedByName: string;
}

export async function tiktokAccounts(workspaceId: string): Promise<ShownAccount[]> {
  const rows = await prisma().socialAccount.findMany({
    // A disconnected account keeps its row for its history, and reappears once it is reconnected.
    where: { workspaceId, platform: 'TIKTOK', status: { not: 'DISCONNECTED' } },
    orderBy: { connectedAt: 'asc' },
    select: {
      accountId: true,
      accountName: true,
      status: true,
      metadata: true,
      connectedAt: true,
      user: { select: { name: true } },
    },
  });
  return rows.map((row) => {
    const metadata = (row.metadata ?? {}) as { username?: string; avatarUrl?: string; scopes?: string[] };
    return {
      accountId: row.accountId,
      displayName: row.accountName,
      username: metadata.username ?? null,
      avatarUrl: metadata.avatarUrl ?? null,
      // The dashboard's operators set SUSPENDED, and the routes reject such an account.
      status: row.status === 'SUSPENDED' ? 'DISCONNECTED' : row.status,
      scopes: metadata.scopes ?? [],
      connectedAt: row.connectedAt,
      connectedByName: row.user.name,
    };
  });
}
