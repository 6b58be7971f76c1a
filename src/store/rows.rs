//! The SQL statements of the SQLite store, and its rows as values. Each compare-and-swap is one statement.

use super::{AccountRow, TokenSwap};
use crate::clock::Timestamp;
use crate::model::{AccountKey, AccountStatus};
use rusqlite::types::Type;
use rusqlite::{Connection, Params, Row, params};

macro_rules! account_columns {
    () => {
        "tenant, open_id, display_name, username, avatar_url, scopes, access_token_sealed, refresh_token_sealed, \
         access_expires_at, refresh_expires_at, status, connected_at, connected_by, refresh_started_at, \
         requested_scopes"
    };
}

pub(super) const LOAD_ACCOUNT: &str =
    concat!("SELECT ", account_columns!(), " FROM accounts WHERE tenant = ?1 AND open_id = ?2");

pub(super) const LIST_ACCOUNTS: &str = concat!(
    "SELECT ",
    account_columns!(),
    " FROM accounts WHERE ?1 IS NULL OR tenant = ?1 ORDER BY connected_at, tenant, open_id"
);

const SAVE_ACCOUNT: &str = concat!(
    "INSERT OR REPLACE INTO accounts (",
    account_columns!(),
    ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)"
);

/// `IS` instead of `=`, because an account without a refresh token is expected with NULL.
const SWAP_TOKENS: &str = "UPDATE accounts SET access_token_sealed = ?4, refresh_token_sealed = ?5, \
     access_expires_at = ?6, refresh_expires_at = ?7, scopes = coalesce(?8, scopes), status = ?9, \
     refresh_started_at = NULL WHERE tenant = ?1 AND open_id = ?2 AND refresh_token_sealed IS ?3";

pub(super) const BEGIN_REFRESH: &str = "UPDATE accounts SET refresh_started_at = ?4 \
     WHERE tenant = ?1 AND open_id = ?2 AND refresh_token_sealed IS ?3";

pub(super) const SET_STATUS: &str = "UPDATE accounts SET status = ?4, refresh_started_at = NULL \
     WHERE tenant = ?1 AND open_id = ?2 AND refresh_token_sealed IS ?3";

pub(super) const COUNT_ACCOUNTS: &str = "SELECT count(*) FROM accounts";

pub(super) const FIRST_PAGE: &str =
    concat!("SELECT ", account_columns!(), " FROM accounts ORDER BY tenant, open_id LIMIT ?1");

/// A row value, so that SQLite finds the page through the primary key.
pub(super) const NEXT_PAGE: &str = concat!(
    "SELECT ",
    account_columns!(),
    " FROM accounts WHERE (tenant, open_id) > (?2, ?3) ORDER BY tenant, open_id LIMIT ?1"
);

pub(super) const RESEAL: &str = "UPDATE accounts SET access_token_sealed = ?5, refresh_token_sealed = ?6 \
     WHERE tenant = ?1 AND open_id = ?2 AND access_token_sealed = ?3 AND refresh_token_sealed IS ?4";

pub(super) const MARK: &str =
    "UPDATE accounts SET status = ?4 WHERE tenant = ?1 AND open_id = ?2 AND status = ?3";

/// A trigger of the schema deletes the metrics of the account.
pub(super) const REMOVE_ACCOUNT: &str = "DELETE FROM accounts WHERE tenant = ?1 AND open_id = ?2";

pub(super) fn account(row: &Row<'_>) -> rusqlite::Result<AccountRow> {
    let status: String = row.get(10)?;
    Ok(AccountRow {
        key: AccountKey { tenant: row.get(0)?, open_id: row.get(1)? },
        display_name: row.get(2)?,
        username: row.get(3)?,
        avatar_url: row.get(4)?,
        scopes: read_texts(row, 5)?,
        access_token_sealed: row.get(6)?,
        refresh_token_sealed: row.get(7)?,
        access_expires_at: Timestamp::from_millis(row.get(8)?),
        refresh_expires_at: row.get::<_, Option<i64>>(9)?.map(Timestamp::from_millis),
        status: AccountStatus::parse(&status),
        connected_at: Timestamp::from_millis(row.get(11)?),
        connected_by: row.get(12)?,
        refresh_started_at: row.get::<_, Option<i64>>(13)?.map(Timestamp::from_millis),
        requested_scopes: read_texts(row, 14)?,
    })
}

pub(super) fn save_account(db: &Connection, row: &AccountRow) -> rusqlite::Result<()> {
    db.prepare_cached(SAVE_ACCOUNT)?
        .execute(params![
            row.key.tenant,
            row.key.open_id,
            row.display_name,
            row.username,
            row.avatar_url,
            write_texts(&row.scopes),
            row.access_token_sealed,
            row.refresh_token_sealed,
            row.access_expires_at.as_millis(),
            row.refresh_expires_at.map(Timestamp::as_millis),
            row.status.as_str(),
            row.connected_at.as_millis(),
            row.connected_by,
            row.refresh_started_at.map(Timestamp::as_millis),
            write_texts(&row.requested_scopes),
        ])
        .map(drop)
}

pub(super) fn swap_tokens(
    db: &Connection,
    key: &AccountKey,
    expected: Option<&str>,
    next: &TokenSwap,
) -> rusqlite::Result<bool> {
    let values = params![
        key.tenant,
        key.open_id,
        expected,
        next.access_token_sealed,
        next.refresh_token_sealed,
        next.access_expires_at.as_millis(),
        next.refresh_expires_at.map(Timestamp::as_millis),
        next.scopes.as_deref().map(write_texts),
        AccountStatus::Active.as_str(),
    ];
    change(db, SWAP_TOKENS, values)
}

/// Runs `sql` for one row. Returns whether the row existed and was as expected.
pub(super) fn change(db: &Connection, sql: &str, values: impl Params) -> rusqlite::Result<bool> {
    Ok(db.prepare_cached(sql)?.execute(values)? == 1)
}

pub(super) fn write_texts(texts: &[String]) -> String {
    serde_json::Value::from(texts).to_string()
}

pub(super) fn read_texts(row: &Row<'_>, column: usize) -> rusqlite::Result<Vec<String>> {
    let text: String = row.get(column)?;
    serde_json::from_str(&text)
        .map_err(|source| rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(source)))
}
