import { answer } from '@/lib/answer';
import { prisma } from '@/lib/database';
import { requireWorkspacePermission } from '@/lib/permissions';
import { auth } from '@/lib/session';
import { commentsOf } from '@/lib/social/streams';

export function GET(request: Request): Promise<Response> {
  return answer(async () => {
    const query = new URL(request.url).searchParams;
    const account = await prisma().socialAccount.findUniqueOrThrow({ where: { id: query.get('accountId') ?? '' } });
    await requireWorkspacePermission(await auth(), account.workspaceId, 'social:view');
    return { comments: await commentsOf(account, query.get('postId') ?? '') };
  });
}
