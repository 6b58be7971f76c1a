import type { WorkspaceRole } from '@/generated/prisma/client';
import { prisma } from './database';
import type { Session } from './session';

export type Permission = 'social:connect' | 'social:disconnect' | 'social:view' | 'social:post';

const EVERYTHING: readonly Permission[] = ['social:connect', 'social:disconnect', 'social:view', 'social:post'];
const ALLOWED: Record<WorkspaceRole, readonly Permission[]> = {
  OWNER: EVERYTHING,
  ADMIN: EVERYTHING,
  MEMBER: ['social:view', 'social:post'],
  VIEWER: ['social:view'],
};

/** Throws unless the session has the permission in the workspace. "Unauthorized" means that there is no session. */
export async function requireWorkspacePermission(
  session: Session | null,
  workspaceId: string,
  permission: Permission,
): Promise<void> {
  if (session === null) throw new Error('Unauthorized');
  const member = await prisma().workspaceMember.findUnique({
    where: { workspaceId_userId: { workspaceId, userId: session.user.id } },
  });
  if (member === null || !ALLOWED[member.role].includes(permission)) throw new Error(`Missing permission: ${permission}`);
}
