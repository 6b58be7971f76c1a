import type { Metadata } from 'next';
import { ConnectButton, LoginNotice } from 'toklink/react';
import { Accounts } from '@/components/accounts';
import { Banner } from '@/components/banner';
import { tiktokAccounts, workspacePage } from '@/lib/workspace';

export const metadata: Metadata = { title: 'Accounts' };

export default async function AccountsPage({
  params,
  searchParams,
}: PageProps<'/orbit/[workspaceSlug]/settings/accounts'>) {
  const { workspaceSlug } = await params;
  const query = await searchParams;
  const { workspace, role, may } = await workspacePage(workspaceSlug);
  const accounts = await tiktokAccounts(workspace.id);
  const connect = may.connect && (
    <ConnectButton workspace={{ id: workspace.id, slug: workspace.slug }}>
      {accounts.length === 0 ? 'Connect TikTok' : 'Connect another'}
    </ConnectButton>
  );
  return (
    <>
      <LoginNotice query={query} accounts={accounts} />
      <div className="page-head">
        <div>
          <h1>Accounts</h1>
          <p>The TikTok accounts that {workspace.name} reads from and posts to.</p>
        </div>
        {accounts.length > 0 && connect}
      </div>
      {!may.connect && (
        <Banner tone="warn">
          Your role ({role.toLowerCase()}) cannot connect or disconnect accounts. Ask an owner or admin of {workspace.name}.
        </Banner>
      )}
      {accounts.length === 0 ? (
        <div className="panel empty">
          <h2>No TikTok account yet</h2>
          <p>
            {may.connect
              ? 'Connect an account to see its metrics here and to post videos to it. You choose the permissions on TikTok’s page.'
              : 'After an owner or admin connects an account, its metrics appear here.'}
          </p>
          {connect}
        </div>
      ) : (
        <Accounts accounts={accounts} workspace={{ id: workspace.id, slug: workspace.slug }} mayConnect={may.connect} />
      )}
    </>
  );
}
