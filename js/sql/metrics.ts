import type { AccountKey, LeaseStore, MetricsRow, MetricsStore } from '../types.js';
import { number } from './executor.js';
import type { Sql, Value } from './executor.js';

const claimOf = (day: string, { tenant, accountId }: AccountKey): string => `metrics ${day} ${JSON.stringify([tenant, accountId])}`;

/** Returns the metrics store in the table `toklink_metrics`. The claims of workers are rows of `toklink_leases`. */
export function sqlMetrics(sql: Sql, leases: LeaseStore): MetricsStore {
  async function isFresh({ tenant, accountId }: AccountKey, day: string, since: number): Promise<boolean> {
    const values = [tenant, accountId, day, since];
    const rows = await sql.rows('SELECT day FROM toklink_metrics WHERE tenant = ? AND account_id = ? AND day = ? AND read_at >= ?', values);
    return rows.length > 0;
  }

  return {
    async claim({ day, owner, now, ttlMs, freshSince }, accounts) {
      const claimed: AccountKey[] = [];
      for (const key of accounts) {
        const name = claimOf(day, key);
        if (!(await leases.acquire(name, owner, now, ttlMs))) continue;
        // Check after the claim, because the previous owner may have written the row just before it released its claim.
        if (await isFresh(key, day, freshSince)) await leases.release(name, owner);
        else claimed.push(key);
      }
      return claimed;
    },

    async release(day, owner, accounts) {
      for (const key of accounts) await leases.release(claimOf(day, key), owner);
    },

    async save(rows) {
      for (const row of rows) {
        const { tenant, account_id: accountId, day, ...columns } = columnsOf(row);
        const assignments = Object.keys(columns).map((name) => `${name} = ?`);
        const replace = () =>
          sql.writes(`UPDATE toklink_metrics SET ${assignments.join(', ')} WHERE tenant = ? AND account_id = ? AND day = ? AND read_at <= ?`, [
            ...Object.values(columns),
            tenant ?? '',
            accountId ?? '',
            day ?? '',
            row.readAt,
          ]);
        // Another worker may insert an older row between the first two statements.
        if (!(await replace()) && !(await sql.inserts('toklink_metrics', columnsOf(row)))) await replace();
        await sql.run('DELETE FROM toklink_leases WHERE name = ?', [claimOf(row.day, row)]);
      }
    },

    async range(key, from, to) {
      const values = [key.tenant, key.accountId, from, to];
      const rows = await sql.rows('SELECT * FROM toklink_metrics WHERE tenant = ? AND account_id = ? AND day BETWEEN ? AND ? ORDER BY day', values);
      return rows.map(rowOf);
    },
  };
}

function columnsOf(row: MetricsRow): Record<string, Value> {
  return {
    tenant: row.tenant,
    account_id: row.accountId,
    day: row.day,
    followers: row.followers,
    following: row.following,
    likes: row.likes,
    video_count: row.videoCount,
    videos_read: row.videosRead,
    views: row.views,
    video_likes: row.videoLikes,
    comments: row.comments,
    shares: row.shares,
    read_at: row.readAt,
  };
}

function rowOf(row: Record<string, unknown>): MetricsRow {
  return {
    tenant: String(row['tenant']),
    accountId: String(row['account_id']),
    day: String(row['day']),
    followers: number(row['followers']),
    following: number(row['following']),
    likes: number(row['likes']),
    videoCount: number(row['video_count']),
    videosRead: number(row['videos_read']),
    views: number(row['views']),
    videoLikes: number(row['video_likes']),
    comments: number(row['comments']),
    shares: number(row['shares']),
    readAt: number(row['read_at']),
  };
}
