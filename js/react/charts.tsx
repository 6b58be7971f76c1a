'use client';

import { Area, AreaChart, CartesianGrid, Line, LineChart, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';
import type { MetricsHistory, MetricsPoint } from '../metrics-types.js';

/** A metric that `MetricsChart` can show. */
export type ChartedFigure = 'followers' | 'likes' | 'views' | 'engagementRate';

const NAMES: Record<ChartedFigure, string> = {
  followers: 'Followers',
  likes: 'Likes',
  views: 'Views',
  engagementRate: 'Engagement rate',
};
const COMPACT = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });
const DAY = new Intl.DateTimeFormat('en', { month: 'short', day: 'numeric', timeZone: 'UTC' });
const DAY_MS = 86_400_000;

/** Props of `MetricsChart`. */
export interface MetricsChartProps {
  /** The response of the route `metrics/history`. */
  history: MetricsHistory;
  figure: ChartedFigure;
  /** The height in pixels. Default 240. */
  height?: number;
}

interface Mark {
  day: number;
  value: number | null;
}

/** Returns one mark for each day. A day without metrics becomes a gap in the line. */
function marks(points: MetricsPoint[], figure: ChartedFigure): Mark[] {
  const days = new Map(points.map((point) => [Date.parse(point.day), point[figure]]));
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined) return [];
  const from = Date.parse(first.day);
  const length = (Date.parse(last.day) - from) / DAY_MS + 1;
  return Array.from({ length }, (_, index) => {
    const day = from + index * DAY_MS;
    return { day, value: days.get(day) ?? null };
  });
}

/** Shows a metric over time, with a table of the same numbers for screen readers. Requires recharts 3. */
export function MetricsChart({ history, figure, height = 240 }: MetricsChartProps) {
  const name = NAMES[figure];
  const format = (value: number) => (figure === 'engagementRate' ? `${value.toFixed(1)} %` : COMPACT.format(value));
  const data = marks(history.points, figure);
  const known = data.filter((mark): mark is { day: number; value: number } => mark.value !== null);
  if (known.length < 2) {
    return <p className="toklink-small">{name}: not enough data yet. Each day adds a data point.</p>;
  }
  const dayOf = (day: number) => DAY.format(day);
  const shared = (
    <>
      <CartesianGrid vertical={false} stroke="currentColor" strokeOpacity={0.15} />
      <XAxis dataKey="day" tickFormatter={dayOf} stroke="currentColor" tickLine={false} minTickGap={28} fontSize={12} />
      <YAxis tickFormatter={format} stroke="currentColor" tickLine={false} axisLine={false} width={52} fontSize={12} domain={['auto', 'auto']} />
      <Tooltip
        labelFormatter={(day) => dayOf(Number(day))}
        formatter={(value) => [format(Number(value)), name]}
        contentStyle={{ background: 'Canvas', color: 'CanvasText', borderRadius: 8 }}
      />
    </>
  );
  const drawn = { dataKey: 'value', stroke: 'var(--toklink-accent, currentColor)', strokeWidth: 2, isAnimationActive: false, connectNulls: false };
  return (
    <figure className="toklink-chart">
      <figcaption>{name}</figcaption>
      <div aria-hidden="true">
        <ResponsiveContainer width="100%" height={height}>
          {figure === 'engagementRate' ? (
            <LineChart data={data} accessibilityLayer={false}>
              {shared}
              <Line {...drawn} dot={false} />
            </LineChart>
          ) : (
            <AreaChart data={data} accessibilityLayer={false}>
              {shared}
              <Area {...drawn} fill="var(--toklink-accent, currentColor)" fillOpacity={0.12} />
            </AreaChart>
          )}
        </ResponsiveContainer>
      </div>
      <table className="toklink-unseen">
        <caption>{name} by day</caption>
        <thead>
          <tr>
            <th scope="col">Day</th>
            <th scope="col">{name}</th>
          </tr>
        </thead>
        <tbody>
          {known.map(({ day, value }) => (
            <tr key={day}>
              <th scope="row">{dayOf(day)}</th>
              <td>{format(value)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </figure>
  );
}
