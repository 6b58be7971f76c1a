//! Accounts in the SQLite file. Each conditional update is one statement.

use super::{SqliteStore, columns};
use crate::clock::{BoxFuture, Timestamp};
use crate::error::Result;
use crate::model::{AccountKey, AccountStatus};
use crate::store::{AccountPage, AccountPatch, AccountRow, AccountStore, Expected, RefreshState};
use columns::{read_texts, write_texts};
use rusqlite::{Connection, OptionalExtension, Row, ToSql, named_params, params};

macro_rules! account_columns {
    () => {
        "tenant, open_id, display_name, username, avatar_url, scopes, access_token_sealed, refresh_token_sealed, \
         access_expires_at, refresh_expires_at, status, connected_at, connected_by, refresh_started_at, \
         requested_scopes"
    };
}

const LOAD: &str =
    concat!("SELECT ", account_columns!(), " FROM accounts WHERE tenant = ?1 AND open_id = ?2");

const SELECT: &str = concat!("SELECT ", account_columns!(), " FROM accounts WHERE true");
const OF_TENANT: &str = " AND tenant = :tenant";
/// Compares a row value, so that SQLite finds the page through the primary key.
const AFTER: &str = " AND (tenant, open_id) > (:after_tenant, :after_id)";
const PAGE: &str = " ORDER BY tenant, open_id LIMIT :limit";

const COUNT: &str = "SELECT count(*) FROM accounts";

const PUT: &str = concat!(
    "INSERT OR REPLACE INTO accounts (",
    account_columns!(),
    ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)"
);

/// Each column whose new value may be NULL has a separate flag. The condition uses `IS` instead of `=`, because an
/// account without a refresh token is expected to have NULL.
const UPDATE: &str = "UPDATE accounts SET \
     access_token_sealed = coalesce(:access, access_token_sealed), \
     refresh_token_sealed = iif(:access IS NULL, refresh_token_sealed, :refresh), \
     access_expires_at = coalesce(:access_expires_at, access_expires_at), \
     refresh_expires_at = iif(:access_expires_at IS NULL, refresh_expires_at, :refresh_expires_at), \
     scopes = coalesce(:scopes, scopes), status = coalesce(:status, status), \
     refresh_started_at = iif(:has_refresh, :refresh_started_at, refresh_started_at) \
     WHERE tenant = :tenant AND open_id = :open_id \
     AND (NOT :expects_refresh OR refresh_token_sealed IS :expected_refresh) \
     AND (:expected_access IS NULL OR access_token_sealed = :expected_access) \
     AND (:expected_status IS NULL OR status = :expected_status)";

/// A trigger in the schema deletes the account's metrics.
const REMOVE: &str = "DELETE FROM accounts WHERE tenant = ?1 AND open_id = ?2";

impl AccountStore for SqliteStore {
    fn load<'a>(&'a self, key: &'a AccountKey) -> BoxFuture<'a, Result<Option<AccountRow>>> {
        let key = key.clone();
        Box::pin(self.call(move |db| {
            db.prepare_cached(LOAD)?.query_row([key.tenant, key.open_id], account).optional()
        }))
    }

    fn list<'a>(
        &'a self,
        tenant: Option<&'a str>,
        after: Option<&'a AccountKey>,
        limit: usize,
    ) -> BoxFuture<'a, Result<AccountPage>> {
        let (tenant, after) = (tenant.map(str::to_owned), after.cloned());
        Box::pin(self.call(move |db| {
            let total = match tenant {
                None => Some(db.prepare_cached(COUNT)?.query_row([], |row| row.get(0))?),
                Some(_) => None,
            };
            let limit = i64::try_from(limit).unwrap_or(i64::MAX);
            let mut sql = SELECT.to_owned();
            let mut values: Vec<(&str, &dyn ToSql)> = vec![(":limit", &limit)];
            if let Some(tenant) = &tenant {
                sql.push_str(OF_TENANT);
                values.push((":tenant", tenant));
            }
            if let Some(after) = &after {
                sql.push_str(AFTER);
                values
                    .extend([(":after_tenant", &after.tenant as &dyn ToSql), (":after_id", &after.open_id)]);
            }
            let rows = db.prepare_cached(&(sql + PAGE))?.query_map(&*values, account)?.collect();
            let rows: rusqlite::Result<_> = rows;
            Ok(AccountPage { rows: rows?, total, without_tokens: 0 })
        }))
    }

    fn put<'a>(&'a self, row: &'a AccountRow) -> BoxFuture<'a, Result<()>> {
        let row = row.clone();
        Box::pin(self.call(move |db| put(db, &row)))
    }

    fn update<'a>(
        &'a self,
        key: &'a AccountKey,
        expected: &'a Expected,
        patch: &'a AccountPatch,
    ) -> BoxFuture<'a, Result<bool>> {
        let (key, expected, patch) = (key.clone(), expected.clone(), patch.clone());
        Box::pin(self.call(move |db| update(db, &key, &expected, &patch)))
    }

    fn remove<'a>(&'a self, key: &'a AccountKey) -> BoxFuture<'a, Result<bool>> {
        let key = key.clone();
        Box::pin(self.call(move |db| Ok(db.prepare_cached(REMOVE)?.execute([key.tenant, key.open_id])? == 1)))
    }
}

fn update(
    db: &Connection,
    key: &AccountKey,
    expected: &Expected,
    patch: &AccountPatch,
) -> rusqlite::Result<bool> {
    let (expected_access, expected_refresh, expected_status) = match expected {
        Expected::RefreshToken(token) => (None, Some(token.as_deref()), None),
        Expected::Tokens(tokens) => (Some(&tokens.access), Some(tokens.refresh.as_deref()), None),
        Expected::Status(status) => (None, None, Some(status.as_str())),
    };
    let refresh_started_at = match patch.refresh {
        Some(RefreshState::Started(at)) => Some(at.as_millis()),
        Some(RefreshState::Ended) | None => None,
    };
    let values = named_params! {
        ":tenant": key.tenant,
        ":open_id": key.open_id,
        ":access": patch.tokens.as_ref().map(|tokens| &tokens.access),
        ":refresh": patch.tokens.as_ref().and_then(|tokens| tokens.refresh.as_ref()),
        ":access_expires_at": patch.expiry.map(|expiry| expiry.access.as_millis()),
        ":refresh_expires_at": patch.expiry.and_then(|expiry| expiry.refresh).map(Timestamp::as_millis),
        ":scopes": patch.scopes.as_deref().map(write_texts),
        ":status": patch.status.map(AccountStatus::as_str),
        ":has_refresh": patch.refresh.is_some(),
        ":refresh_started_at": refresh_started_at,
        ":expected_access": expected_access,
        ":expects_refresh": expected_refresh.is_some(),
        ":expected_refresh": expected_refresh.flatten(),
        ":expected_status": expected_status,
    };
    Ok(db.prepare_cached(UPDATE)?.execute(values)? == 1)
}

fn account(row: &Row<'_>) -> rusqlite::Result<AccountRow> {
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

fn put(db: &Connection, row: &AccountRow) -> rusqlite::Result<()> {
    db.prepare_cached(PUT)?
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
