import type { Store } from '../types.js';
import { sqlAccounts } from './accounts.js';
import { Sql } from './executor.js';
import type { Executor } from './executor.js';
import { sqlJournal } from './journal.js';
import { sqlLeases } from './leases.js';
import { sqlMetrics } from './metrics.js';
import { sqlUsage } from './usage.js';

/** Returns a complete store on the tables of `sql/DIALECT.sql`. */
export function sqlStore(executor: Executor): Store {
  const sql = new Sql(executor);
  const leases = sqlLeases(sql);
  return { accounts: sqlAccounts(sql), journal: sqlJournal(sql), leases, metrics: sqlMetrics(sql, leases), usage: sqlUsage(sql) };
}
