import type { LeaseStore } from '../types.js';
import { NEXT_VERSION } from './executor.js';
import type { Sql } from './executor.js';

/** Returns the lease store in the table `toklink_leases`. */
export function sqlLeases(sql: Sql): LeaseStore {
  return {
    async acquire(name, owner, now, ttlMs) {
      const ends = now + ttlMs;
      // Each of the two statements is atomic. Between them, only another owner's lease can start or end.
      if (await sql.inserts('toklink_leases', { name, owner, ends_at: ends })) return true;
      return sql.writes(`UPDATE toklink_leases SET owner = ?, ends_at = ?, ${NEXT_VERSION} WHERE name = ? AND (owner = ? OR ends_at <= ?)`, [owner, ends, name, owner, now]);
    },

    async release(name, owner) {
      await sql.run('DELETE FROM toklink_leases WHERE name = ? AND owner = ?', [name, owner]);
    },

    async expire(before) {
      await sql.run('DELETE FROM toklink_leases WHERE ends_at < ?', [before]);
    },
  };
}
