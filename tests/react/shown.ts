import type { MetricsHistory, MetricsPoint } from '../../js/metrics-types.js';
import type { ShownAccount } from '../../js/react/index.js';
import type { Progress } from '../../js/react/index.js';

export const AS_EXPIRED: ShownAccount = {
  accountId: '',
  displayName: 'Ana Makes',
  username: 'ana.makes',
  avatarUrl: null,
  status: 'EXPIRED',
  connectedAt: '2026-01-01T00:00:00.000Z',
  connectedByName: 'Olivia',
};

export const PROGRESS: Progress = { phase: 'sending', sent: 2_500_000, total: 10_000_000, bytesPerSecond: 1_250_000, remainingMs: 6000 };

function point(day: string, followers: number): MetricsPoint {
  const figures = { followers, following: 1, likes: followers * 3, videoCount: 5, videosRead: 5, views: followers * 10 };
  const sums = { videoLikes: 10, comments: 2, shares: 1, viewsPerVideo: 20, likeRate: 5, commentRate: 1, shareRate: 0.5 };
  return { day, ...figures, ...sums, engagementRate: 6.5, readAt: `${day}T06:00:00.000Z`, growth: null };
}

/** Three days with metrics, and one day without metrics between them. */
export const HISTORY: MetricsHistory = {
  from: '2026-01-01',
  to: '2026-01-04',
  points: [point('2026-01-01', 1000), point('2026-01-02', 1100), point('2026-01-04', 1400)],
  gaps: [{ from: '2026-01-03', to: '2026-01-03', days: 1 }],
  day: null,
  week: null,
  month: null,
};
