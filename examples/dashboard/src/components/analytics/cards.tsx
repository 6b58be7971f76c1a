import type { Growth, MetricsHistory } from 'toklink';

const COUNT = new Intl.NumberFormat('en');
const SIGNED = new Intl.NumberFormat('en', { signDisplay: 'exceptZero' });

type Grown = 'followers' | 'likes' | 'videoCount';

function change(growth: Growth | null, figure: Grown): string | null {
  if (growth === null) return null;
  const percent = figure === 'followers' && growth.followersPercent !== null ? ` (${SIGNED.format(Math.round(growth.followersPercent * 10) / 10)} %)` : '';
  const over = growth.days === 1 ? '1 day' : `${growth.days} days`;
  return `${SIGNED.format(growth[figure])}${percent} in ${over}`;
}

/** The newest stored metrics and their change over a day, a week and a month. */
export function Cards({ history }: { history: MetricsHistory }) {
  const last = history.points.at(-1);
  if (last === undefined) return null;
  const { day, week, month } = history;
  const grown = (name: string, figure: Grown) => ({
    name,
    value: COUNT.format(last[figure]),
    notes: [day, week, month].map((growth) => change(growth, figure)).filter((note, at, all) => note !== null && all.indexOf(note) === at),
  });
  const over = `over the newest ${COUNT.format(last.videosRead)} videos`;
  const cards = [
    grown('Followers', 'followers'),
    grown('Likes received', 'likes'),
    grown('Videos', 'videoCount'),
    { name: 'Views', value: COUNT.format(last.views), notes: [over] },
    { name: 'Engagement rate', value: `${last.engagementRate.toFixed(2)} %`, notes: ['likes, comments and shares per view', over] },
  ];
  return (
    <dl className="metrics" style={{ margin: 0 }}>
      {cards.map(({ name, value, notes }) => (
        <div key={name} className="figure" data-figure={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
          {notes.map((note) => (
            <dd key={note} className="figure-note">
              {note}
            </dd>
          ))}
        </div>
      ))}
    </dl>
  );
}
