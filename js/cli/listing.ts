import type { Account, AccountMetrics, CollectReport, Growth, MetricsHistory, ProbeReport, PublishStatus, QuotaWindow, ResealReport, UserInfo, Video } from '../types.js';
import { bytes, count, cut, table } from './output.js';
import { handle } from './session.js';

export function accountRows(accounts: Account[]): string[] {
  if (accounts.length === 0) return ['No TikTok account is connected. Run toklink login.'];
  const rows = accounts.map((account) => [
    handle(account),
    cut(account.displayName, 24),
    account.status,
    account.connectedAt.slice(0, 10),
    account.accountId,
  ]);
  return table(['ACCOUNT', 'NAME', 'STATUS', 'CONNECTED', 'OPEN ID'], rows);
}

export function accountLines(account: Account, info: UserInfo): string[] {
  const lines: [string, string | number | null][] = [
    ['account', handle(account)],
    ['name', info.displayName],
    ['open id', account.accountId],
    ['status', account.status],
    ['connected', account.connectedAt],
    ['scopes', account.scopes.join(' ')],
    ['bio', info.bioDescription],
    ['verified', info.isVerified === null ? null : info.isVerified ? 'yes' : 'no'],
    ['followers', info.followerCount],
    ['following', info.followingCount],
    ['likes', info.likesCount],
    ['videos', info.videoCount],
  ];
  return pairs(lines);
}

export function videoRows(videos: Video[]): string[] {
  if (videos.length === 0) return ['This account has no public videos on TikTok.'];
  const rows = videos.map((video) => [
    video.id,
    video.createdAt.slice(0, 16).replace('T', ' '),
    cut(video.title || video.videoDescription || '(no title)', 36),
    video.durationSec,
    video.viewCount,
    video.likeCount,
    video.commentCount,
    video.shareCount,
  ]);
  return table(['ID', 'CREATED (UTC)', 'TITLE', 'SEC', 'VIEWS', 'LIKES', 'COMMENTS', 'SHARES'], rows);
}

export function metricLines(metrics: AccountMetrics): string[] {
  const over = metrics.videosRead === 1 ? 'of the newest video' : `of the ${count(metrics.videosRead)} newest videos`;
  return pairs([
    ['followers', metrics.followers],
    ['following', metrics.following],
    ['likes', metrics.likes],
    ['videos', metrics.videoCount],
    [`views ${over}`, metrics.views],
    [`likes ${over}`, metrics.videoLikes],
    [`comments ${over}`, metrics.comments],
    [`shares ${over}`, metrics.shares],
    [`engagement ${over}`, `${metrics.engagementRate.toFixed(2)} %`],
    ['read at', metrics.readAt],
  ]);
}

/** Returns lines about the growth over the stored days; none when fewer than two days have metrics. */
export function historyLines({ points, gaps, day, week, month }: MetricsHistory): string[] {
  const line = (growth: Growth | null, days: string): string[] => {
    if (growth === null) return [];
    const percent = growth.followersPercent === null ? '' : ` (${growth.followersPercent.toFixed(2)} %)`;
    const found = growth.exact ? '' : `, measured over ${growth.days} days since ${growth.from}`;
    return [`followers over ${days}: ${growth.followers >= 0 ? '+' : ''}${count(growth.followers)}${percent}${found}`];
  };
  const missing = gaps.reduce((sum, gap) => sum + gap.days, 0);
  return [
    ...line(day, 'a day'),
    ...line(week, '7 days'),
    ...line(month, '30 days'),
    ...(missing > 0 ? [`${points.length} days have metrics, ${missing} days between them have none`] : []),
  ];
}

export function collectLines(report: CollectReport): string[] {
  return [
    ...pairs([
      ['day', report.day],
      ['collected', report.collected],
      ['already stored', report.current],
      ['login required', report.skipped],
      ['failed', report.failed],
    ]),
    ...(report.complete ? [] : ['More accounts remain: run the command again to continue.']),
  ];
}

const COUNTED: Record<QuotaWindow['source'], string> = {
  memory: 'USED counts the requests of this process only, not those of other processes or earlier runs.',
  redis: 'USED counts the requests of all processes that use the same Redis (TOKLINK_REDIS_URL or REDIS_URL).',
};

export function quotaRows(quotas: QuotaWindow[]): string[] {
  const rows = quotas.map((quota) => [
    quota.kind,
    span(quota.windowMs),
    quota.limit,
    quota.count,
    quota.remaining,
    quota.count === 0 ? '' : quota.resetAt.slice(0, 19).replace('T', ' '),
  ]);
  return [
    ...table(['REQUEST', 'WINDOW', 'LIMIT', 'USED', 'REMAINING', 'RESETS (UTC)'], rows),
    COUNTED[quotas[0]?.source ?? 'memory'],
  ];
}

export function probeLines({ video, findings }: ProbeReport): string[] {
  const size = video.width === null || video.height === null ? null : `${video.width} x ${video.height}`;
  const lines = pairs([
    ['container', `${video.container} (${video.mime})`],
    ['size', bytes(video.sizeBytes)],
    ['duration', video.durationMs === null ? null : `${(video.durationMs / 1000).toFixed(1)} s`],
    ['resolution', size],
    ['codec', video.videoCodec],
    ['fps', video.frameRate],
    ['audio', video.hasAudio === null ? null : video.hasAudio ? 'yes' : 'no'],
  ]);
  if (findings.length === 0) return [...lines, "This file meets TikTok's rules."];
  const found = findings.map(({ rule, found, allowed, advice }) => `  ${rule}: ${found} (allowed: ${allowed}). ${advice}`);
  return [...lines, "This file may violate TikTok's rules:", ...found];
}

/** Lists the number of accounts by the encryption of their tokens. */
export function formLines(report: ResealReport): string[] {
  return pairs([
    ['already current', report.current],
    ['older key', report.olderKey],
    ['old format', report.legacy],
    ['clear text', report.clearText],
    ['without tokens', report.skipped],
    ['failed', report.failed],
  ]);
}

export function resealLines(report: ResealReport, checkOnly: boolean): string[] {
  const keys = Object.entries(report.keys).map(([key, accounts]) => `${key}: ${count(accounts)}`);
  const lines = pairs([
    ['accounts', report.done],
    ['re-encrypted', checkOnly ? null : report.resealed],
    ['encryption key', report.sealingKey],
    ['accounts by key', keys.join(', ')],
    ['outstanding', report.outstanding],
  ]);
  const advice =
    report.outstanding > 0
      ? 'Keep the older keys, because some accounts still need them.'
      : 'No account needs the older keys. Wait one hour before you remove them, because running uploads and logins may still use them.';
  return [...lines, ...formLines(report), advice];
}

export function exportLines(report: ResealReport, applied: boolean): string[] {
  const lines = pairs([
    ['accounts', report.done],
    ['exported', applied ? report.resealed : null],
    ['already exported', report.current],
    ['without tokens', report.skipped],
    ['key', report.sealingKey],
    ['outstanding', report.outstanding],
  ]);
  const advice = applied
    ? 'Tokens in the old format are not bound to an account. To return to the current format, run toklink reseal --accept-legacy.'
    : 'Nothing was written. First restart every process with the option acceptLegacy, then run the command with --apply.';
  return [...lines, advice];
}

export function statusLines(status: PublishStatus): string[] {
  return pairs([
    ['publish id', status.publishId],
    ['status', status.status],
    ['fail reason', status.failReason],
    ['uploaded', status.uploadedBytes === null ? null : bytes(status.uploadedBytes)],
    ['post id', status.postIds.join(' ') || null],
  ]);
}

function pairs(lines: [string, string | number | null][]): string[] {
  const shown = lines.filter(([, value]) => value !== null && value !== '');
  const width = Math.max(...shown.map(([name]) => name.length));
  return shown.map(([name, value]) => `${name.padEnd(width)}  ${typeof value === 'number' ? count(value) : value}`);
}

function span(ms: number): string {
  if (ms % 86_400_000 === 0) return ms === 86_400_000 ? 'a day' : `${ms / 86_400_000} days`;
  if (ms % 60_000 === 0) return ms === 60_000 ? 'a minute' : `${ms / 60_000} minutes`;
  return `${ms / 1000} s`;
}
