import type { UsageStore } from '../types.js';
import { number } from './executor.js';
import type { Sql } from './executor.js';

/** Returns the usage store in the table `toklink_requests`. */
export function sqlUsage(sql: Sql): UsageStore {
  return {
    async append(requests, forgetUntil) {
      await sql.run('DELETE FROM toklink_requests WHERE answered_at <= ?', [forgetUntil]);
      if (requests.length === 0) return;
      const rows = requests.map(() => '(?, ?)').join(', ');
      await sql.run(`INSERT INTO toklink_requests (quota_window, answered_at) VALUES ${rows}`, requests.flatMap(({ window, at }) => [window, at]));
    },

    async since(after) {
      const rows = await sql.rows('SELECT quota_window, answered_at FROM toklink_requests WHERE answered_at > ?', [after]);
      return rows.map((row) => ({ window: String(row['quota_window']), at: number(row['answered_at']) }));
    },
  };
}
