import type { AccountMetrics } from 'toklink';

const COUNT = new Intl.NumberFormat('en');

export function Metrics({ metrics }: { metrics: AccountMetrics }) {
  const read = `over ${COUNT.format(metrics.videosRead)} videos`;
  const values: [string, string, string?][] = [
    ['Followers', COUNT.format(metrics.followers)],
    ['Following', COUNT.format(metrics.following)],
    ['Likes received', COUNT.format(metrics.likes)],
    ['Videos', COUNT.format(metrics.videoCount)],
    ['Views', COUNT.format(metrics.views), read],
    ['Engagement', `${metrics.engagementRate.toFixed(2)} %`, `likes, comments and shares per view, ${read}`],
  ];
  return (
    <dl className="metrics" style={{ margin: 0 }}>
      {values.map(([name, value, title]) => (
        <div key={name} className="figure" title={title}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
