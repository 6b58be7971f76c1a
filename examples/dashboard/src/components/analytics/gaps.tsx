import type { MetricsHistory } from 'toklink';

const DAY = new Intl.DateTimeFormat('en', { month: 'short', day: 'numeric', timeZone: 'UTC' });

/** Names the days that have no figures: TikTok tells none afterwards. */
export function Gaps({ gaps }: Pick<MetricsHistory, 'gaps'>) {
  if (gaps.length === 0) return null;
  const named = gaps.map(({ from, to }) => {
    const [first, last] = [DAY.format(new Date(from)), DAY.format(new Date(to))];
    return first === last ? first : `${first} to ${last}`;
  });
  return (
    <p className="soft small" data-gaps>
      No figures of {named.join(', ')}: nothing was collected then, and TikTok tells no history. Growth across a gap is from the
      nearest day before it.
    </p>
  );
}
