import { Tabs } from '@/components/tabs';
import { Top } from '@/components/top';
import { workspacePage } from '@/lib/workspace';

export default async function WorkspaceLayout({ children, params }: LayoutProps<'/orbit/[workspaceSlug]'>) {
  const { workspaceSlug } = await params;
  const { session, workspace } = await workspacePage(workspaceSlug);
  return (
    <>
      <Top session={session} where={workspace.name}>
        <Tabs slug={workspace.slug} />
      </Top>
      <main className="page">{children}</main>
    </>
  );
}
