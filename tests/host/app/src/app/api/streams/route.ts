import { answer } from '@/lib/answer';
import { requireWorkspacePermission } from '@/lib/permissions';
import { auth } from '@/lib/session';
import { streamOf } from '@/lib/social/streams';

export function GET(request: Request): Promise<Response> {
  return answer(async () => {
    const workspaceId = new URL(request.url).searchParams.get('workspaceId') ?? '';
    await requireWorkspacePermission(await auth(), workspaceId, 'social:view');
    return streamOf(workspaceId);
  });
}
