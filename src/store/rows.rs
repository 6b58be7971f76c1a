//! The SQL of the SQLite store, and its rows as values. Each compare-and-swap is one statement.

use super::{AccountKey, AccountRow, AccountStatus, PublishPhase, PublishRow, Settlement, TokenSwap};
use crate::clock::Timestamp;
use crate::error::{Error, Result};
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Params, Row, Transaction, TransactionBehavior, params};

macro_rules! account_columns {
    () => {
        "tenant, open_id, display_name, username, avatar_url, scopes, access_token_sealed, refresh_token_sealed, \
         access_expires_at, refresh_expires_at, status, connected_at, connected_by, refresh_started_at, \
         requested_scopes"
    };
}

macro_rules! publish_columns {
    () => {
        "tenant, open_id, key, phase, publish_id, upload_url_sealed, fingerprint, video_size, accepted_bytes, \
         created_at, updated_at, chunk_size, may_become_public, photos, draft, pulled, post_ids, fail_reason"
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

/// `IS` rather than `=`: an account without a refresh token is expected with NULL.
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

/// A row value, so that the primary key leads straight to the page.
pub(super) const NEXT_PAGE: &str = concat!(
    "SELECT ",
    account_columns!(),
    " FROM accounts WHERE (tenant, open_id) > (?2, ?3) ORDER BY tenant, open_id LIMIT ?1"
);

pub(super) const RESEAL: &str = "UPDATE accounts SET access_token_sealed = ?5, refresh_token_sealed = ?6 \
     WHERE tenant = ?1 AND open_id = ?2 AND access_token_sealed = ?3 AND refresh_token_sealed IS ?4";

pub(super) const MARK: &str =
    "UPDATE accounts SET status = ?4 WHERE tenant = ?1 AND open_id = ?2 AND status = ?3";

/// Its figures leave by a trigger of the schema.
pub(super) const REMOVE_ACCOUNT: &str = "DELETE FROM accounts WHERE tenant = ?1 AND open_id = ?2";

pub(super) const BEGIN_PUBLISH: &str = concat!(
    "INSERT INTO publishes (",
    publish_columns!(),
    ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18) ON CONFLICT DO NOTHING"
);

const UPDATE_PUBLISH: &str = "UPDATE publishes SET phase = ?4, publish_id = ?5, \
     upload_url_sealed = ?6, fingerprint = ?7, video_size = ?8, accepted_bytes = ?9, created_at = ?10, \
     updated_at = ?11, chunk_size = ?12, may_become_public = ?13, photos = ?14, draft = ?15, pulled = ?16, \
     post_ids = ?17, fail_reason = ?18 WHERE tenant = ?1 AND open_id = ?2 AND key = ?3";

const FIND_PUBLISH: &str =
    concat!("SELECT ", publish_columns!(), " FROM publishes WHERE tenant = ?1 AND open_id = ?2 AND key = ?3");

pub(super) const FIND_BY_PUBLISH_ID: &str = concat!(
    "SELECT ",
    publish_columns!(),
    " FROM publishes WHERE publish_id = ?1 ORDER BY updated_at DESC LIMIT 1"
);

pub(super) const FIND_UNFINISHED: &str = concat!(
    "SELECT ",
    publish_columns!(),
    " FROM publishes WHERE tenant = ?1 AND open_id = ?2 AND phase NOT IN ('DONE', 'FAILED') ORDER BY updated_at DESC"
);

const FIND_FOR_ACCOUNT: &str = concat!(
    "SELECT ",
    publish_columns!(),
    " FROM publishes WHERE tenant = ?1 AND open_id = ?2 AND publish_id = ?3"
);

/// Takes the lease when it is free, has ended or is the owner's; changes no row otherwise.
pub(super) const TAKE_LEASE: &str = "INSERT INTO leases (name, owner, until) VALUES (?1, ?2, ?3) \
     ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, until = excluded.until \
     WHERE leases.until <= ?4 OR leases.owner = excluded.owner";

pub(super) const GIVE_LEASE: &str = "DELETE FROM leases WHERE name = ?1 AND owner = ?2";

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

pub(super) fn publish(row: &Row<'_>) -> rusqlite::Result<PublishRow> {
    let phase: String = row.get(3)?;
    let unknown_phase = || {
        let text = "a publish phase that this version does not know";
        rusqlite::Error::FromSqlConversionFailure(3, Type::Text, text.into())
    };
    Ok(PublishRow {
        account: AccountKey { tenant: row.get(0)?, open_id: row.get(1)? },
        key: row.get(2)?,
        phase: PublishPhase::parse(&phase).ok_or_else(unknown_phase)?,
        publish_id: row.get(4)?,
        upload_url_sealed: row.get(5)?,
        fingerprint: row.get(6)?,
        video_size: row.get(7)?,
        accepted_bytes: row.get(8)?,
        created_at: Timestamp::from_millis(row.get(9)?),
        updated_at: Timestamp::from_millis(row.get(10)?),
        chunk_size: row.get(11)?,
        may_become_public: row.get(12)?,
        photos: row.get(13)?,
        draft: row.get(14)?,
        pulled: row.get(15)?,
        post_ids: read_texts(row, 16)?,
        fail_reason: row.get(17)?,
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

/// Runs `sql`, which is about one row; answers whether that was there and as expected.
pub(super) fn change(db: &Connection, sql: &str, values: impl Params) -> rusqlite::Result<bool> {
    Ok(db.prepare_cached(sql)?.execute(values)? == 1)
}

/// How many rows `sql` ([`BEGIN_PUBLISH`] or [`UPDATE_PUBLISH`]) wrote: one or none.
pub(super) fn write_publish(db: &Connection, sql: &str, row: &PublishRow) -> rusqlite::Result<usize> {
    db.prepare_cached(sql)?.execute(params![
        row.account.tenant,
        row.account.open_id,
        row.key,
        row.phase.as_str(),
        row.publish_id,
        row.upload_url_sealed,
        row.fingerprint,
        row.video_size,
        row.accepted_bytes,
        row.created_at.as_millis(),
        row.updated_at.as_millis(),
        row.chunk_size,
        row.may_become_public,
        row.photos,
        row.draft,
        row.pulled,
        write_texts(&row.post_ids),
        row.fail_reason,
    ])
}

pub(super) fn find_publish(
    db: &Connection,
    account: &AccountKey,
    key: &str,
) -> rusqlite::Result<Option<PublishRow>> {
    db.prepare_cached(FIND_PUBLISH)?
        .query_row([account.tenant.as_str(), account.open_id.as_str(), key], publish)
        .optional()
}

/// Replaces a row unless its publish has ended meanwhile; `false` when there is none. Under the write lock, since it reads
/// before it writes.
pub(super) fn update_publish(db: &Connection, row: &PublishRow) -> rusqlite::Result<bool> {
    let all = Transaction::new_unchecked(db, TransactionBehavior::Immediate)?;
    let kept = find_publish(&all, &row.account, &row.key)?;
    if kept.as_ref().is_some_and(|kept| !row.is_outdated_by(kept)) {
        write_publish(&all, UPDATE_PUBLISH, row)?;
    }
    all.commit()?;
    Ok(kept.is_some())
}

/// Ends a publish; `None` when there is none, otherwise whether it was news.
pub(super) fn settle_publish(
    db: &Connection,
    account: &AccountKey,
    publish_id: &str,
    settlement: &Settlement,
) -> rusqlite::Result<Option<bool>> {
    let all = Transaction::new_unchecked(db, TransactionBehavior::Immediate)?;
    let kept = all
        .prepare_cached(FIND_FOR_ACCOUNT)?
        .query_row([account.tenant.as_str(), account.open_id.as_str(), publish_id], publish)
        .optional()?;
    let news = match kept {
        None => None,
        Some(mut row) => {
            let news = row.settle(settlement);
            if news {
                write_publish(&all, UPDATE_PUBLISH, &row)?;
            }
            Some(news)
        }
    };
    all.commit()?;
    Ok(news)
}

/// SQLite's integers end at 2^63 - 1.
pub(super) fn check_sizes(row: &PublishRow) -> Result<()> {
    if i64::try_from(row.video_size.max(row.accepted_bytes).max(row.chunk_size)).is_err() {
        return Err(Error::invalid(
            "A video of more than 2^63 - 1 bytes cannot be journalled: give its true size.",
        ));
    }
    Ok(())
}

fn write_texts(texts: &[String]) -> String {
    serde_json::Value::from(texts).to_string()
}

fn read_texts(row: &Row<'_>, column: usize) -> rusqlite::Result<Vec<String>> {
    let text: String = row.get(column)?;
    serde_json::from_str(&text)
        .map_err(|source| rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(source)))
}
