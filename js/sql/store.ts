import type { Store } from '../types.js';
import { sqlAccounts } from './accounts.js';
import { Sql } from './executor.js';
import type { Executor } from './executor.js';
import { sqlJournal } from './journal.js';
import { sqlLeases } from './leases.js';
import { sqlMetrics } from './metrics.js';
import { sqlUsage } from './usage.js';

/** Returns a complete store in the tables that `sql/DIALECT.sql` creates. */
export function sqlStore(executor: Executor): Store {
  const sql = new Sql(executor);
  const leases = sqlLeases(sql);
  return { accounts: sqlAccounts(sql), journal: sqlJournal(sql), leases, metrics: sqlMetrics(sql, leases), usage: sqlUsage(sql) };
}
