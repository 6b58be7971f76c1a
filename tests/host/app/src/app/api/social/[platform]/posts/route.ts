import { answer } from '@/lib/answer';
import { requireWorkspacePermission } from '@/lib/permissions';
import { auth } from '@/lib/session';
import { streamOf } from '@/lib/social/streams';

/** Returns the posts of one platform, for example at `/api/social/tiktok/posts`. */
export function GET(request: Request, { params }: { params: Promise<{ platform: string }> }): Promise<Response> {
  return answer(async () => {
    const workspaceId = new URL(request.url).searchParams.get('workspaceId') ?? '';
    await requireWorkspacePermission(await auth(), workspaceId, 'social:view');
    const platform = (await params).platform.toUpperCase();
    const { posts } = await streamOf(workspaceId);
    return { posts: posts.filter((post) => post.platform === platform) };
  });
}
