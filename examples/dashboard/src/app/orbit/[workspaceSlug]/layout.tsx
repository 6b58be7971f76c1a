import { Tabs } from '@/components/tabs';
import { Top } from '@/components/top';
import { NOT_YET } from '@/lib/permissions';
import { workspacePage } from '@/lib/workspace';

export default async function WorkspaceLayout({ children, params }: LayoutProps<'/orbit/[workspaceSlug]'>) {
  const { workspaceSlug } = await params;
  const { session, workspace } = await workspacePage(workspaceSlug);
  return (
    <>
      <Top session={session} where={workspace.name}>
        {workspace.tiktokEnabled && <Tabs slug={workspace.slug} />}
      </Top>
      <main className="page">
        {workspace.tiktokEnabled ? (
          children
        ) : (
          <div className="panel empty">
            <h1>Not available yet</h1>
            <p>{NOT_YET}</p>
          </div>
        )}
      </main>
    </>
  );
}
