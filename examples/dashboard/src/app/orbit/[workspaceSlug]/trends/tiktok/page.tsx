import type { Metadata } from 'next';
import Link from 'next/link';
import { TrendsNotice } from 'toklink/react';
import { workspacePage } from '@/lib/workspace';

export const metadata: Metadata = { title: 'Trends' };

export default async function TrendsPage({ params }: PageProps<'/orbit/[workspaceSlug]/trends/tiktok'>) {
  const { workspaceSlug } = await params;
  const { workspace } = await workspacePage(workspaceSlug);
  return (
    <>
      <div className="page-head">
        <div>
          <h1>TikTok trends</h1>
          <p>Popular content on TikTok, and why this page cannot show it.</p>
        </div>
      </div>
      <TrendsNotice />
      <p>
        See the growth of your own account on the page <Link href={`/orbit/${workspace.slug}/tiktok/analytics`}>Analytics</Link>.
      </p>
    </>
  );
}
