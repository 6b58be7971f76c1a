import type { AccountKey, AccountPatch, AccountQuery, AccountRow, AccountStatus, AccountStore } from '../types.js';
import { list, NEXT_VERSION, number, text, time } from './executor.js';
import type { Sql, Value } from './executor.js';

const STATUSES: readonly string[] = ['ACTIVE', 'EXPIRED', 'ERROR', 'RATE_LIMITED', 'RESTRICTED', 'DISCONNECTED'] satisfies AccountStatus[];

/** Returns the account store in the table `toklink_accounts`. */
export function sqlAccounts(sql: Sql): AccountStore {
  return {
    async load({ tenant, accountId }) {
      const [row] = await sql.rows('SELECT * FROM toklink_accounts WHERE tenant = ? AND account_id = ?', [tenant, accountId]);
      return row === undefined ? null : rowOf(row);
    },

    async list({ tenant, after, limit }: AccountQuery) {
      const conditions: string[] = [];
      const values: Value[] = [];
      if (tenant !== null) {
        conditions.push('tenant = ?');
        values.push(tenant);
      }
      if (after !== null) {
        conditions.push('(tenant, account_id) > (?, ?)');
        values.push(after.tenant, after.accountId);
      }
      const where = conditions.length > 0 ? `WHERE ${conditions.join(' AND ')} ` : '';
      const rows = await sql.rows(
        `SELECT * FROM toklink_accounts ${where}ORDER BY tenant, account_id LIMIT ${Math.trunc(limit)}`,
        values,
      );
      const page = { rows: rows.map(rowOf) };
      if (tenant !== null) return page;
      const [counted] = await sql.rows('SELECT count(*) AS total FROM toklink_accounts');
      return { ...page, total: number(counted?.['total']) };
    },

    async put(row) {
      const columns = { ...keyOf(row), ...fixed(row), ...columnsOf({ ...row }) };
      if (await sql.inserts('toklink_accounts', columns)) return;
      await set(sql, row, columns, []);
    },

    update(key, { accessTokenSealed, refreshTokenSealed, status }, patch) {
      const expected: [string, Value][] = [];
      if (accessTokenSealed !== undefined) expected.push(['access_token_sealed', accessTokenSealed]);
      if (refreshTokenSealed !== undefined) expected.push(['refresh_token_sealed', refreshTokenSealed]);
      if (status !== undefined) expected.push(['status', status]);
      return set(sql, key, columnsOf(patch), expected);
    },

    async remove({ tenant, accountId }) {
      await sql.run('DELETE FROM toklink_metrics WHERE tenant = ? AND account_id = ?', [tenant, accountId]);
      return sql.writes('DELETE FROM toklink_accounts WHERE tenant = ? AND account_id = ?', [tenant, accountId]);
    },
  };
}

/** Runs one UPDATE with the expected values as conditions. */
function set(sql: Sql, { tenant, accountId }: AccountKey, columns: Record<string, Value>, expected: [string, Value][]): Promise<boolean> {
  const assignments = [...Object.keys(columns).map((name) => `${name} = ?`), NEXT_VERSION];
  const conditions = ['tenant = ?', 'account_id = ?', ...expected.map(([name]) => `${name} ${sql.equals} ?`)];
  return sql.writes(`UPDATE toklink_accounts SET ${assignments.join(', ')} WHERE ${conditions.join(' AND ')}`, [
    ...Object.values(columns),
    tenant,
    accountId,
    ...expected.map(([, value]) => value),
  ]);
}

const keyOf = ({ tenant, accountId }: AccountKey): Record<string, Value> => ({ tenant, account_id: accountId });

/** Returns the columns that only a login writes. */
function fixed(row: AccountRow): Record<string, Value> {
  return {
    display_name: row.displayName,
    username: row.username,
    avatar_url: row.avatarUrl,
    requested_scopes: JSON.stringify(row.requestedScopes ?? []),
    connected_at: row.connectedAt,
    connected_by: row.connectedBy,
  };
}

/** Returns the columns of the fields that the patch contains. */
function columnsOf(patch: AccountPatch): Record<string, Value> {
  const columns: [string, Value | undefined][] = [
    ['access_token_sealed', patch.accessTokenSealed],
    ['refresh_token_sealed', patch.refreshTokenSealed],
    ['access_expires_at', patch.accessExpiresAt],
    ['refresh_expires_at', patch.refreshExpiresAt],
    ['scopes', patch.scopes === undefined ? undefined : JSON.stringify(patch.scopes)],
    ['status', patch.status],
    ['refresh_started_at', patch.refreshStartedAt],
  ];
  return Object.fromEntries(columns.filter((column): column is [string, Value] => column[1] !== undefined));
}

function rowOf(row: Record<string, unknown>): AccountRow {
  const status = String(row['status']);
  return {
    tenant: String(row['tenant']),
    accountId: String(row['account_id']),
    displayName: String(row['display_name']),
    username: text(row['username']),
    avatarUrl: text(row['avatar_url']),
    scopes: list(row['scopes']),
    requestedScopes: list(row['requested_scopes']),
    accessTokenSealed: String(row['access_token_sealed']),
    refreshTokenSealed: text(row['refresh_token_sealed']),
    accessExpiresAt: number(row['access_expires_at']),
    refreshExpiresAt: time(row['refresh_expires_at']),
    status: STATUSES.includes(status) ? (status as AccountStatus) : 'ERROR',
    connectedAt: number(row['connected_at']),
    connectedBy: String(row['connected_by']),
    refreshStartedAt: time(row['refresh_started_at']),
  };
}
