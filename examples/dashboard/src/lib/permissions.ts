import { AccessDenied } from 'toklink/next';
import type { WorkspaceRole } from '@/generated/prisma/enums';
import { prisma } from './database';
import type { Session } from './session';

export type Permission = 'social:connect' | 'social:disconnect' | 'social:view' | 'social:post';

const ALLOWED: Record<WorkspaceRole, ReadonlySet<Permission>> = {
  OWNER: new Set(['social:connect', 'social:disconnect', 'social:view', 'social:post']),
  ADMIN: new Set(['social:connect', 'social:disconnect', 'social:view', 'social:post']),
  MEMBER: new Set(['social:view', 'social:post']),
  VIEWER: new Set(['social:view']),
};

const ACTS: Record<Permission, string> = {
  'social:connect': 'connect accounts',
  'social:disconnect': 'disconnect accounts',
  'social:view': 'see its accounts',
  'social:post': 'post',
};

/** Shown in a workspace for which TikTok is not enabled. */
export const NOT_YET =
  'TikTok is not available in this workspace yet. Ask an operator of this dashboard to switch it on.';

export function allows(role: WorkspaceRole, permission: Permission): boolean {
  return ALLOWED[role].has(permission);
}

/** Throws `AccessDenied` unless the session has the permission in the workspace. The user sees the error's message. */
export async function requireWorkspacePermission(
  session: Session | null,
  workspaceId: string,
  permission: Permission,
): Promise<void> {
  if (!session) throw new AccessDenied('You were signed out. Sign in again.', 401);
  const member = await prisma().workspaceMember.findUnique({
    where: { workspaceId_userId: { workspaceId, userId: session.user.id } },
    include: { workspace: { select: { tiktokEnabled: true } } },
  });
  if (!member) throw new AccessDenied('You are not a member of this workspace. Ask its owner to invite you.');
  if (!member.workspace.tiktokEnabled) throw new AccessDenied(NOT_YET);
  if (!allows(member.role, permission)) {
    throw new AccessDenied(
      `Your role (${member.role.toLowerCase()}) cannot ${ACTS[permission]} in this workspace. Ask an owner or admin to do it, or to change your role.`,
    );
  }
}
