import { streamOf } from '@/lib/social/streams';
import { workspacePage } from '@/lib/workspace';

export default async function Streams({ params }: { params: Promise<{ workspaceSlug: string }> }) {
  const workspace = await workspacePage((await params).workspaceSlug);
  const { posts, errors } = await streamOf(workspace.id);
  return (
    <main>
      <h1>Streams of {workspace.name}</h1>
      {errors.map(({ accountId, error }) => (
        <p key={accountId} role="alert">
          {error}
        </p>
      ))}
      <ul>
        {posts.map((post) => (
          <li key={post.id}>
            <a href={post.url}>{post.content}</a>
          </li>
        ))}
      </ul>
    </main>
  );
}
