import type { Metadata } from 'next';
import { redirect } from 'next/navigation';
import { LoginNotice } from 'toklink/react';
import { Top } from '@/components/top';
import { WorkspaceList } from '@/components/workspace-list';
import { auth } from '@/lib/session';

export const metadata: Metadata = { title: 'Accounts' };

/** Shown after a login whose workspace is unknown, for example because the login started in another browser. */
export default async function UnplacedAccountsPage({ searchParams }: PageProps<'/admin/social-media/accounts'>) {
  const query = await searchParams;
  const session = await auth();
  if (!session) redirect('/login');
  return (
    <>
      <Top session={session} />
      <main className="page">
        <LoginNotice query={query} accounts={[]} />
        <div className="page-head">
          <div>
            <h1>Accounts</h1>
            <p>Choose the workspace whose accounts you want to see.</p>
          </div>
        </div>
        <WorkspaceList userId={session.user.id} />
      </main>
    </>
  );
}
