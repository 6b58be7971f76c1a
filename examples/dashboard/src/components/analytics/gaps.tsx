import type { MetricsHistory } from 'toklink';

const DAY = new Intl.DateTimeFormat('en', { month: 'short', day: 'numeric', timeZone: 'UTC' });

/** Lists the days without data. TikTok does not report past values. */
export function Gaps({ gaps }: Pick<MetricsHistory, 'gaps'>) {
  if (gaps.length === 0) return null;
  const named = gaps.map(({ from, to }) => {
    const [first, last] = [DAY.format(new Date(from)), DAY.format(new Date(to))];
    return first === last ? first : `${first} to ${last}`;
  });
  return (
    <p className="soft small" data-gaps>
      No data for {named.join(', ')}. No metrics were collected on these days, and TikTok does not report past values. Growth across a gap is measured from the last day before it.
    </p>
  );
}
