import { redirect } from 'next/navigation';
import { Top } from '@/components/top';
import { WorkspaceList } from '@/components/workspace-list';
import { auth } from '@/lib/session';

export default async function HomePage() {
  const session = await auth();
  if (!session) redirect('/login');
  return (
    <>
      <Top session={session} />
      <main className="page">
        <h1>Workspaces</h1>
        <WorkspaceList userId={session.user.id} />
      </main>
    </>
  );
}
