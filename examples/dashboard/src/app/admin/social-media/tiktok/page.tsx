import type { Metadata } from 'next';
import { notFound, redirect } from 'next/navigation';
import { Top } from '@/components/top';
import { prisma } from '@/lib/database';
import { auth } from '@/lib/session';
import { summaries, type Summary } from '@/lib/tallies';
import { switchTikTok } from './actions';

export const metadata: Metadata = { title: 'TikTok operations' };

const DAYS = 30;
const NAMES = { login: 'Logins', publish: 'Posts', refresh: 'Token refreshes' };
/** The target success rates of this integration, in percent. */
const AIMS: Partial<Record<Summary['flow'], number>> = { login: 95, publish: 90 };
const WHOSE: Record<string, string> = { user: 'the user', app: 'this dashboard', tiktok: 'TikTok or the network', toklink: 'toklink' };
const COUNT = new Intl.NumberFormat('en');
const accounts = (count: number) => `${COUNT.format(count)} ${count === 1 ? 'account' : 'accounts'}`;

export default async function OperationPage() {
  const session = await auth();
  if (!session) redirect('/login');
  if (!session.user.operator) notFound();
  const [{ summaries: flows, failures }, workspaces] = await Promise.all([
    summaries(DAYS),
    prisma().workspace.findMany({ orderBy: { name: 'asc' }, include: { _count: { select: { socialAccounts: true } } } }),
  ]);
  return (
    <>
      <Top session={session} where="Operators" />
      <main className="page">
        <div className="page-head">
          <div>
            <h1>TikTok operations</h1>
            <p>Logins, posts and token refreshes of all workspaces in the last {DAYS} days (UTC).</p>
          </div>
        </div>
        <div className="charts">
          {flows.map((flow) => (
            <Flow key={flow.flow} {...flow} />
          ))}
        </div>
        <section className="panel stack">
          <h2>Failures by code</h2>
          {failures.length === 0 ? (
            <p className="soft">No failures in this period.</p>
          ) : (
            <div className="table-frame" tabIndex={0} role="region" aria-label="Failures by code">
              <table>
                <thead>
                  <tr>
                    <th scope="col">Code</th>
                    <th scope="col">Operation</th>
                    <th scope="col">Responsible</th>
                    <th scope="col">Count</th>
                  </tr>
                </thead>
                <tbody>
                  {failures.map(({ flow, code, owner, count }) => (
                    <tr key={`${flow} ${code} ${owner}`} data-failure={code}>
                      <th scope="row">{code}</th>
                      <td>{NAMES[flow as Summary['flow']]}</td>
                      <td>{WHOSE[owner] ?? owner}</td>
                      <td>{COUNT.format(count)}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          )}
        </section>
        <section className="panel stack">
          <h2>Workspaces</h2>
          {workspaces.map(({ id, name, tiktokEnabled, _count }) => (
            <form key={id} action={switchTikTok} className="row" aria-label={name}>
              <input type="hidden" name="id" value={id} />
              <input type="hidden" name="enabled" value={String(!tiktokEnabled)} />
              <span style={{ flex: 1 }}>
                <strong>{name}</strong> <span className="soft small">{tiktokEnabled ? `TikTok is on · ${accounts(_count.socialAccounts)}` : 'TikTok is off'}</span>
              </span>
              <button className="button" type="submit" aria-label={`Switch ${tiktokEnabled ? 'off' : 'on'} TikTok for ${name}`}>
                Switch {tiktokEnabled ? 'off' : 'on'}
              </button>
            </form>
          ))}
        </section>
      </main>
    </>
  );
}

function Flow({ flow, started, finished, byPerson, failed, successPercent }: Summary) {
  const aim = AIMS[flow];
  const short = aim !== undefined && successPercent !== null && successPercent < aim;
  const rows: [string, number][] = [
    ...(flow === 'refresh' ? [] : ([['Started', started]] as [string, number][])),
    ['Finished', finished],
    ['Cancelled or rejected', byPerson],
    ['Failed', failed],
    ...(flow === 'refresh' ? [] : ([['Unfinished', Math.max(0, started - finished - byPerson - failed)]] as [string, number][])),
  ];
  return (
    <section className="panel stack" data-flow={flow} aria-label={NAMES[flow]}>
      <h2>{NAMES[flow]}</h2>
      <p className={short ? 'rate rate-short' : 'rate'}>
        {successPercent === null ? 'No data yet' : `${successPercent.toFixed(1)} %`}
        <span className="soft small">
          {' '}
          {successPercent !== null && 'succeeded'}
          {aim !== undefined && `${successPercent === null ? '' : ', '}target above ${aim} %`}
          {short && ', missed'}
        </span>
      </p>
      <dl className="tally">
        {rows.map(([name, value]) => (
          <div key={name} className="row">
            <dt>{name}</dt>
            <dd>{COUNT.format(value)}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
