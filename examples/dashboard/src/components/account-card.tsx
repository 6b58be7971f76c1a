import { connectPath } from '@/lib/paths';
import type { ShownAccount } from '@/lib/workspace';
import { Avatar } from './avatar';
import { DisconnectButton } from './disconnect-button';
import { StatusBadge } from './status-badge';

const DAY = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeZone: 'UTC' });

interface Props {
  account: ShownAccount;
  workspace: { id: string; slug: string };
  mayConnect: boolean;
}

export function AccountCard({ account, workspace, mayConnect }: Props) {
  return (
    <article className="panel account" aria-label={account.name}>
      <Avatar name={account.name} url={account.avatarUrl} />
      <div>
        <div className="row">
          <span className="account-name">{account.name}</span>
          <StatusBadge status={account.status} />
        </div>
        <div className="soft small">
          {account.username && <>@{account.username} · </>}
          connected {DAY.format(account.connectedAt)} by {account.connectedBy}
          {account.status !== 'ACTIVE' && ' · reconnect to use it again'}
        </div>
      </div>
      {mayConnect && (
        <div className="row account-actions">
          <a className="button" href={connectPath(workspace)}>
            Reconnect
          </a>
          <DisconnectButton accountId={account.accountId} name={account.name} workspaceId={workspace.id} />
        </div>
      )}
    </article>
  );
}
