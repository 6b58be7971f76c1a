import type { Metadata } from 'next';
import Link from 'next/link';
import { PostComposer } from 'toklink/react';
import { AccountPicker } from '@/components/account-picker';
import { Banner } from '@/components/banner';
import { NoAccount } from '@/components/no-account';
import { Quota } from '@/components/quota';
import { chooseAccount } from '@/lib/choose';
import { tiktokAccounts, workspacePage } from '@/lib/workspace';

export const metadata: Metadata = { title: 'Post a video' };

export default async function Page({ params, searchParams }: PageProps<'/orbit/[workspaceSlug]/tiktok/post'>) {
  const { workspaceSlug } = await params;
  const { account: wanted } = await searchParams;
  const { workspace, role, may } = await workspacePage(workspaceSlug);
  const accounts = await tiktokAccounts(workspace.id);
  const account = chooseAccount(accounts, wanted);
  const key = account && { accountId: account.accountId, workspaceId: workspace.id };
  return (
    <>
      <div className="page-head">
        <div>
          <h1>Post a video</h1>
          <p>Publish a video to this creator&apos;s TikTok account.</p>
        </div>
        {account && <AccountPicker accounts={accounts} chosen={account.accountId} />}
      </div>
      {!may.post ? (
        <Banner tone="warn">
          Your role ({role.toLowerCase()}) cannot post in this workspace. Ask an owner or admin of {workspace.name}.
        </Banner>
      ) : key ? (
        <>
          <PostComposer
            key={key.accountId}
            account={key}
            drafts
            accountsHref={`/orbit/${workspace.slug}/settings/accounts`}
            actions={
              <Link className="button button-main" href={`/orbit/${workspace.slug}/tiktok/videos`}>
                View videos
              </Link>
            }
          />
          <Quota account={key} />
        </>
      ) : (
        <NoAccount slug={workspace.slug} exists={accounts.length > 0} />
      )}
    </>
  );
}
