import type { Metadata } from 'next';
import Link from 'next/link';
import { AccountPicker } from '@/components/account-picker';
import { NoAccount } from '@/components/no-account';
import { Quota } from '@/components/quota';
import { Videos } from '@/components/videos';
import { chooseAccount } from '@/lib/choose';
import { tiktokAccounts, workspacePage } from '@/lib/workspace';

export const metadata: Metadata = { title: 'Videos' };

export default async function VideosPage({ params, searchParams }: PageProps<'/orbit/[workspaceSlug]/tiktok/videos'>) {
  const { workspaceSlug } = await params;
  const { account: wanted } = await searchParams;
  const { workspace, may } = await workspacePage(workspaceSlug);
  const accounts = await tiktokAccounts(workspace.id);
  const account = chooseAccount(accounts, wanted);
  const key = account && { accountId: account.accountId, workspaceId: workspace.id };
  return (
    <>
      <div className="page-head">
        <div>
          <h1>Videos</h1>
          <p>{account ? `Public videos of ${account.displayName}, newest first, with their current metrics.` : 'Videos and their metrics.'}</p>
        </div>
        <div className="row">
          {account && <AccountPicker accounts={accounts} chosen={account.accountId} />}
          {account && may.post && (
            <Link className="button button-main" href={`/orbit/${workspace.slug}/tiktok/post`}>
              Post a video
            </Link>
          )}
        </div>
      </div>
      {key ? (
        <>
          <Videos key={key.accountId} account={key} />
          <Quota account={key} />
        </>
      ) : (
        <NoAccount slug={workspace.slug} exists={accounts.length > 0} />
      )}
    </>
  );
}
