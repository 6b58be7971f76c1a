import { notFound, redirect } from 'next/navigation';
import { prisma } from './database';
import { requireWorkspacePermission } from './permissions';
import { auth } from './session';

/** Returns the workspace of a page. Redirects a visitor to the login, and shows "not found" for another user's workspace. */
export async function workspacePage(slug: string) {
  const session = await auth();
  if (session === null) redirect('/login');
  const workspace = await prisma().workspace.findUnique({ where: { slug } });
  if (workspace === null) notFound();
  await requireWorkspacePermission(session, workspace.id, 'social:view').catch(() => notFound());
  return workspace;
}
