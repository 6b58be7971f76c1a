import { ConnectButton, LoginNotice } from 'toklink/react';
import { prisma } from '@/lib/database';
import { workspacePage } from '@/lib/workspace';

interface Page {
  params: Promise<{ workspaceSlug: string }>;
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}

export default async function Accounts({ params, searchParams }: Page) {
  const workspace = await workspacePage((await params).workspaceSlug);
  const accounts = await prisma().socialAccount.findMany({
    where: { workspaceId: workspace.id, status: { not: 'DISCONNECTED' } },
    orderBy: { connectedAt: 'asc' },
  });
  return (
    <main>
      <LoginNotice
        query={await searchParams}
        accounts={accounts.map(({ accountId, accountName }) => ({ accountId, displayName: accountName }))}
      />
      <h1>Accounts of {workspace.name}</h1>
      <ul>
        {accounts.map((account) => (
          <li key={account.id}>
            {account.platform} {account.accountName}: {account.status}
          </li>
        ))}
      </ul>
      <ConnectButton workspace={{ id: workspace.id, slug: workspace.slug }} />
    </main>
  );
}
