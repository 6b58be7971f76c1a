import Link from 'next/link';
import { prisma } from '@/lib/database';

export async function WorkspaceList({ userId }: { userId: string }) {
  const memberships = await prisma().workspaceMember.findMany({
    where: { userId },
    include: {
      workspace: { include: { _count: { select: { socialAccounts: { where: { platform: 'TIKTOK' } } } } } },
    },
    orderBy: { workspace: { name: 'asc' } },
  });
  if (memberships.length === 0) {
    return (
      <div className="panel empty">
        <h2>No workspace yet</h2>
        <p>Ask the owner of a workspace to invite you.</p>
      </div>
    );
  }
  return memberships.map(({ workspace, role }) => (
    <div key={workspace.id} className="panel row">
      <div style={{ flex: 1 }}>
        <h2>{workspace.name}</h2>
        <p className="soft small">
          You are {role.toLowerCase()} ·{' '}
          {workspace._count.socialAccounts === 1
            ? '1 TikTok account'
            : `${workspace._count.socialAccounts} TikTok accounts`}
        </p>
      </div>
      <Link className="button" href={`/orbit/${workspace.slug}/settings/accounts`} aria-label={`Open ${workspace.name}`}>
        Open
      </Link>
    </div>
  ));
}
