import { notFound, redirect } from 'next/navigation';
import { prisma } from './database';
import { requireWorkspacePermission } from './permissions';
import { auth } from './session';

/** Returns the workspace of a page; a visitor goes to the login, and someone else's workspace is not found. */
export async function workspacePage(slug: string) {
  const session = await auth();
  if (session === null) redirect('/login');
  const workspace = await prisma().workspace.findUnique({ where: { slug } });
  if (workspace === null) notFound();
  await requireWorkspacePermission(session, workspace.id, 'social:view').catch(() => notFound());
  return workspace;
}
