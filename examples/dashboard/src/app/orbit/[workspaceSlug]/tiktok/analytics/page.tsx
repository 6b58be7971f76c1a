import type { Metadata } from 'next';
import { MetricsChart } from 'toklink/react/charts';
import { AccountPicker } from '@/components/account-picker';
import { Cards } from '@/components/analytics/cards';
import { Gaps } from '@/components/analytics/gaps';
import { VideoTable } from '@/components/analytics/video-table';
import { Banner } from '@/components/banner';
import { NoAccount } from '@/components/no-account';
import { Quota } from '@/components/quota';
import { collectToday, fillExampleHistory } from '@/app/metrics';
import { chooseAccount } from '@/lib/choose';
import { tiktokClient } from '@/lib/tiktok';
import { tiktokAccounts, workspacePage } from '@/lib/workspace';

export const metadata: Metadata = { title: 'Analytics' };

const DAYS = 60;
const DAY_MS = 86_400_000;
const dayOf = (ms: number) => new Date(ms).toISOString().slice(0, 10);

/** The message for each of toklink's error codes. The URL contains no message, because anyone could craft one. */
const ERRORS = new Map([
  ['UNAUTHORIZED', 'The TikTok connection has expired. Reconnect the account on the accounts page.'],
  ['PERMISSION_DENIED', 'The account has not granted this permission. Reconnect it on the accounts page and grant all permissions.'],
  ['RATE_LIMITED', 'TikTok’s rate limit is reached. Try again in a minute.'],
  ['QUOTA_EXHAUSTED', 'TikTok’s daily limit is reached. Try again tomorrow.'],
  ['UNAVAILABLE', 'TikTok is unreachable. Try again in a minute.'],
]);

export default async function AnalyticsPage({ params, searchParams }: PageProps<'/orbit/[workspaceSlug]/tiktok/analytics'>) {
  const { workspaceSlug } = await params;
  const { account: wanted, error } = await searchParams;
  const { workspace } = await workspacePage(workspaceSlug);
  const accounts = await tiktokAccounts(workspace.id);
  const account = chooseAccount(accounts, wanted);
  if (!account) return <NoAccount slug={workspace.slug} exists={accounts.length > 0} />;
  const range = { from: dayOf(Date.now() - (DAYS - 1) * DAY_MS), to: dayOf(Date.now()) };
  const history = await tiktokClient().metricsHistory({ tenant: workspace.id, accountId: account.accountId }, range);
  const named = (
    <>
      <input type="hidden" name="slug" value={workspace.slug} />
      <input type="hidden" name="accountId" value={account.accountId} />
    </>
  );
  return (
    <>
      {typeof error === 'string' && <Banner tone="bad">{ERRORS.get(error) ?? 'The metrics could not be collected. Try again.'}</Banner>}
      <div className="page-head">
        <div>
          <h1>Analytics</h1>
          <p>Daily followers and engagement of {account.displayName} (UTC).</p>
        </div>
        <div className="row">
          <AccountPicker accounts={accounts} chosen={account.accountId} />
          <form action={collectToday}>
            {named}
            <button className="button" type="submit">
              Collect today&apos;s metrics
            </button>
          </form>
        </div>
      </div>
      {history.points.length === 0 ? (
        <div className="panel empty">
          <h2>No metrics yet</h2>
          <p>
            TikTok does not report past metrics, so the dashboard stores them once a day. Collect today&apos;s metrics now,
            and let your scheduler call the route <code>metrics/collect</code> every day.
          </p>
          {process.env.DASHBOARD_DEMO === '1' && (
            <form action={fillExampleHistory}>
              {named}
              <button className="button" type="submit">
                Load example data
              </button>
            </form>
          )}
        </div>
      ) : (
        <>
          <Cards history={history} />
          <div className="charts">
            <section className="panel">
              <MetricsChart history={history} figure="followers" />
            </section>
            <section className="panel">
              <MetricsChart history={history} figure="engagementRate" />
            </section>
          </div>
          <Gaps gaps={history.gaps} />
        </>
      )}
      <section className="panel stack">
        <h2>Videos</h2>
        <VideoTable key={account.accountId} account={{ accountId: account.accountId, workspaceId: workspace.id }} />
      </section>
      <Quota account={{ accountId: account.accountId, workspaceId: workspace.id }} />
    </>
  );
}
