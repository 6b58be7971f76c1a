//! The journal in the SQLite file. Each conditional write is one statement.

use super::{SqliteStore, columns};
use crate::clock::{BoxFuture, Timestamp};
use crate::error::{Error, Result};
use crate::model::{AccountKey, PublishPhase};
use crate::store::{JournalStore, PublishRow};
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, params};

macro_rules! publish_columns {
    () => {
        "tenant, open_id, key, phase, publish_id, upload_url_sealed, fingerprint, video_size, accepted_bytes, \
         created_at, updated_at, chunk_size, may_become_public, photos, draft, pulled, post_ids, fail_reason, \
         attempt, revision, cancel_requested, last_error"
    };
}

const INSERT: &str = concat!(
    "INSERT OR IGNORE INTO publishes (",
    publish_columns!(),
    ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22)"
);

const UPDATE_IF: &str = "UPDATE publishes SET phase = ?4, publish_id = ?5, \
     upload_url_sealed = ?6, fingerprint = ?7, video_size = ?8, accepted_bytes = ?9, created_at = ?10, \
     updated_at = ?11, chunk_size = ?12, may_become_public = ?13, photos = ?14, draft = ?15, pulled = ?16, \
     post_ids = ?17, fail_reason = ?18, attempt = ?19, revision = ?20, cancel_requested = ?21, last_error = ?22 \
     WHERE tenant = ?1 AND open_id = ?2 AND key = ?3 AND revision = ?23";

const FIND: &str =
    concat!("SELECT ", publish_columns!(), " FROM publishes WHERE tenant = ?1 AND open_id = ?2 AND key = ?3");

const FIND_BY_PUBLISH_ID: &str = concat!(
    "SELECT ",
    publish_columns!(),
    " FROM publishes WHERE publish_id = ?1 ORDER BY updated_at DESC LIMIT 1"
);

const FIND_UNFINISHED: &str = concat!(
    "SELECT ",
    publish_columns!(),
    " FROM publishes WHERE tenant = ?1 AND open_id = ?2 AND phase NOT IN ('DONE', 'FAILED') ORDER BY updated_at DESC"
);

const EXPIRE: &str = "DELETE FROM publishes WHERE phase IN ('DONE', 'FAILED') AND updated_at < ?1";

const FORGET: &str = "DELETE FROM publishes WHERE tenant = ?1 AND open_id = ?2";

impl JournalStore for SqliteStore {
    fn insert<'a>(&'a self, row: &'a PublishRow) -> BoxFuture<'a, Result<bool>> {
        let row = row.clone();
        Box::pin(async move {
            check_sizes(&row)?;
            self.call(move |db| write(db, INSERT, &row, None)).await
        })
    }

    fn find<'a>(
        &'a self,
        account: &'a AccountKey,
        key: &'a str,
    ) -> BoxFuture<'a, Result<Option<PublishRow>>> {
        let (account, key) = (account.clone(), key.to_owned());
        Box::pin(self.call(move |db| {
            db.prepare_cached(FIND)?.query_row([account.tenant, account.open_id, key], publish).optional()
        }))
    }

    fn find_publish<'a>(&'a self, publish_id: &'a str) -> BoxFuture<'a, Result<Option<PublishRow>>> {
        let publish_id = publish_id.to_owned();
        Box::pin(self.call(move |db| {
            db.prepare_cached(FIND_BY_PUBLISH_ID)?.query_row([publish_id], publish).optional()
        }))
    }

    fn update_if<'a>(&'a self, row: &'a PublishRow, expected: u64) -> BoxFuture<'a, Result<bool>> {
        let row = row.clone();
        Box::pin(async move {
            check_sizes(&row)?;
            self.call(move |db| write(db, UPDATE_IF, &row, Some(expected))).await
        })
    }

    fn unfinished<'a>(&'a self, account: &'a AccountKey) -> BoxFuture<'a, Result<Vec<PublishRow>>> {
        let account = account.clone();
        Box::pin(self.call(move |db| {
            let mut query = db.prepare_cached(FIND_UNFINISHED)?;
            query.query_map([account.tenant, account.open_id], publish)?.collect()
        }))
    }

    fn expire(&self, ended_before: Timestamp) -> BoxFuture<'_, Result<u64>> {
        Box::pin(self.call(move |db| {
            let deleted = db.prepare_cached(EXPIRE)?.execute([ended_before.as_millis()])?;
            Ok(u64::try_from(deleted).unwrap_or(u64::MAX))
        }))
    }

    fn forget<'a>(&'a self, account: &'a AccountKey) -> BoxFuture<'a, Result<()>> {
        let account = account.clone();
        Box::pin(
            self.call(move |db| {
                db.prepare_cached(FORGET)?.execute([account.tenant, account.open_id]).map(drop)
            }),
        )
    }
}

fn publish(row: &Row<'_>) -> rusqlite::Result<PublishRow> {
    let phase: String = row.get(3)?;
    let unknown_phase = || {
        let text = "a publish phase that this version does not support";
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
        post_ids: columns::read_texts(row, 16)?,
        fail_reason: row.get(17)?,
        attempt: row.get(18)?,
        revision: row.get(19)?,
        cancel_requested: row.get(20)?,
        last_error: row.get(21)?,
    })
}

/// Runs [`INSERT`], or [`UPDATE_IF`] with the expected revision. Returns true when it wrote the row.
fn write(db: &Connection, sql: &str, row: &PublishRow, expected: Option<u64>) -> rusqlite::Result<bool> {
    let mut statement = db.prepare_cached(sql)?;
    let values = params![
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
        columns::write_texts(&row.post_ids),
        row.fail_reason,
        row.attempt,
        row.revision,
        row.cancel_requested,
        row.last_error,
    ];
    let written = match expected {
        None => statement.execute(values)?,
        Some(expected) => {
            let expected = params![expected];
            let all: Vec<_> = values.iter().chain(expected).copied().collect();
            statement.execute(all.as_slice())?
        }
    };
    Ok(written == 1)
}

/// Rejects sizes above SQLite's largest integer, 2^63 - 1.
fn check_sizes(row: &PublishRow) -> Result<()> {
    if i64::try_from(row.video_size.max(row.accepted_bytes).max(row.chunk_size)).is_err() {
        return Err(Error::invalid(
            "a video of more than 2^63 - 1 bytes cannot be recorded; pass its actual size",
        ));
    }
    Ok(())
}
