import { prisma } from '@/lib/database';
import { workspacePage } from '@/lib/workspace';

export default async function Accounts({ params }: { params: Promise<{ workspaceSlug: string }> }) {
  const workspace = await workspacePage((await params).workspaceSlug);
  const accounts = await prisma().socialAccount.findMany({
    where: { workspaceId: workspace.id, status: { not: 'DISCONNECTED' } },
    orderBy: { connectedAt: 'asc' },
  });
  return (
    <main>
      <h1>Accounts of {workspace.name}</h1>
      <ul>
        {accounts.map((account) => (
          <li key={account.id}>
            {account.platform} {account.accountName}: {account.status}
          </li>
        ))}
      </ul>
    </main>
  );
}
