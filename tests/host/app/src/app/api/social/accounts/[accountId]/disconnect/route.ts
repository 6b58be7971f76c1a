import { answer } from '@/lib/answer';
import { prisma } from '@/lib/database';
import { requireWorkspacePermission } from '@/lib/permissions';
import { auth } from '@/lib/session';
import { disconnectAccount } from '@/lib/social/disconnect';

export function POST(_request: Request, { params }: { params: Promise<{ accountId: string }> }): Promise<Response> {
  return answer(async () => {
    const account = await prisma().socialAccount.findUniqueOrThrow({ where: { id: (await params).accountId } });
    await requireWorkspacePermission(await auth(), account.workspaceId, 'social:disconnect');
    await disconnectAccount(account);
    return { disconnected: true };
  });
}
