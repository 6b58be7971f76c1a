//! The tables of the SQLite store, and the code that opens, verifies and migrates a file.

use super::private::{self, APPLICATION_ID};
use crate::error::{Error, ErrorKind, Reason, Result, Retry};
use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};
use std::path::Path;
use std::time::Duration;

/// The time that a write waits for another process on the same file. A store must respond within 5 s.
const BUSY_TIMEOUT: Duration = Duration::from_secs(4);

/// Maximum number of attempts to switch a new file to the write-ahead log. Each attempt waits at most [`BUSY_TIMEOUT`].
const WAL_ATTEMPTS: u32 = 100;

/// Migrations of a file from version n to n + 1 (`PRAGMA user_version`), oldest first. Never change a released
/// migration; add a new one instead.
const MIGRATIONS: [&str; 7] = [
    "
CREATE TABLE accounts (
    tenant TEXT NOT NULL,
    open_id TEXT NOT NULL,
    display_name TEXT NOT NULL,
    username TEXT,
    avatar_url TEXT,
    scopes TEXT NOT NULL, -- a JSON array
    access_token_sealed TEXT NOT NULL,
    refresh_token_sealed TEXT,
    access_expires_at INTEGER NOT NULL, -- all times: milliseconds since 1970-01-01 UTC
    refresh_expires_at INTEGER,
    status TEXT NOT NULL,
    connected_at INTEGER NOT NULL,
    connected_by TEXT NOT NULL,
    refresh_started_at INTEGER,
    PRIMARY KEY (tenant, open_id)
) STRICT;
CREATE TABLE publishes (
    tenant TEXT NOT NULL,
    open_id TEXT NOT NULL,
    key TEXT NOT NULL,
    phase TEXT NOT NULL,
    publish_id TEXT,
    upload_url_sealed TEXT,
    fingerprint TEXT NOT NULL,
    video_size INTEGER NOT NULL,
    chunk_size INTEGER NOT NULL,
    may_become_public INTEGER NOT NULL, -- 0 or 1
    accepted_bytes INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (tenant, open_id, key)
) STRICT;
CREATE INDEX publishes_by_publish_id ON publishes (publish_id) WHERE publish_id IS NOT NULL;
CREATE TABLE leases (
    name TEXT NOT NULL PRIMARY KEY,
    owner TEXT NOT NULL,
    until INTEGER NOT NULL
) STRICT;
",
    "
ALTER TABLE accounts ADD COLUMN requested_scopes TEXT NOT NULL DEFAULT '[]'; -- a JSON array
",
    "
ALTER TABLE publishes ADD COLUMN photos INTEGER NOT NULL DEFAULT 0; -- 0 or 1, as the next two
ALTER TABLE publishes ADD COLUMN draft INTEGER NOT NULL DEFAULT 0;
ALTER TABLE publishes ADD COLUMN pulled INTEGER NOT NULL DEFAULT 0;
ALTER TABLE publishes ADD COLUMN post_ids TEXT NOT NULL DEFAULT '[]'; -- a JSON array
ALTER TABLE publishes ADD COLUMN fail_reason TEXT;
",
    "
CREATE TABLE metrics (
    tenant TEXT NOT NULL,
    open_id TEXT NOT NULL,
    day INTEGER NOT NULL, -- days since 1970-01-01 UTC
    followers INTEGER NOT NULL,
    following INTEGER NOT NULL,
    likes INTEGER NOT NULL,
    video_count INTEGER NOT NULL,
    videos_read INTEGER NOT NULL,
    views INTEGER NOT NULL,
    video_likes INTEGER NOT NULL,
    comments INTEGER NOT NULL,
    shares INTEGER NOT NULL,
    read_at INTEGER NOT NULL,
    PRIMARY KEY (tenant, open_id, day)
) STRICT, WITHOUT ROWID;
CREATE TABLE metrics_claims (
    tenant TEXT NOT NULL,
    open_id TEXT NOT NULL,
    day INTEGER NOT NULL,
    owner TEXT NOT NULL,
    until INTEGER NOT NULL,
    PRIMARY KEY (tenant, open_id, day)
) STRICT, WITHOUT ROWID;
-- Not a foreign key: an account is saved again by REPLACE when its user connects again, and keeps its metrics.
CREATE TRIGGER metrics_leave_with_their_account AFTER DELETE ON accounts BEGIN
    DELETE FROM metrics WHERE tenant = OLD.tenant AND open_id = OLD.open_id;
    DELETE FROM metrics_claims WHERE tenant = OLD.tenant AND open_id = OLD.open_id;
END;
",
    "
CREATE TABLE requests (
    window TEXT NOT NULL,
    at INTEGER NOT NULL
) STRICT;
CREATE INDEX requests_by_time ON requests (at);
",
    "
ALTER TABLE publishes ADD COLUMN attempt TEXT NOT NULL DEFAULT ''; -- '': any attempt may take the row over
ALTER TABLE publishes ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;
CREATE INDEX publishes_by_end ON publishes (updated_at) WHERE phase IN ('DONE', 'FAILED');
",
    "
ALTER TABLE publishes ADD COLUMN cancel_requested INTEGER NOT NULL DEFAULT 0; -- 0 or 1
ALTER TABLE publishes ADD COLUMN last_error TEXT; -- a JSON object
",
];

/// Opens the file, or creates it with access only for its owner. A file that other users may read becomes private; a
/// symbolic link is rejected.
pub(super) fn open_file(path: &Path) -> Result<Connection> {
    let name = path.display().to_string();
    if name.is_empty() || name == ":memory:" {
        return Err(config(
            "the path of the store is empty; pass the path of a file, or use SqliteStore::open_in_memory"
                .into(),
        ));
    }
    if path.is_dir() {
        return Err(config(format!(
            "the store {name} is a directory; use the path of a file in it, for example {}",
            path.join("toklink.db").display()
        )));
    }
    let path = private::prepare(path).map_err(|refusal| refusal.for_store(&name))?;
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    let opened = Connection::open_with_flags(path, flags).map_err(|source| explain(source, &name))?;
    prepare(opened, &name)
}

/// Opens a store in memory that exists as long as the connection.
pub(super) fn open_memory(name: &str) -> Result<Connection> {
    let opened = Connection::open_in_memory().map_err(|source| explain(source, name))?;
    prepare(opened, name)
}

fn prepare(mut db: Connection, name: &str) -> Result<Connection> {
    let explained = |source| explain(source, name);
    db.busy_timeout(BUSY_TIMEOUT).map_err(explained)?;
    // The file is checked before the journal mode is set, because setting the mode would already write to a file of
    // another program.
    check_ours(&mut db, name)?;
    use_wal(&mut db).map_err(explained)?;
    // Losing a refreshed token in a power failure would end the account's connection. WAL with its default setting can
    // lose the last writes.
    db.pragma_update(None, "synchronous", "FULL").map_err(explained)?;
    migrate(&mut db, name)?;
    Ok(db)
}

fn pragma(db: &Connection, pragma: &str) -> rusqlite::Result<i64> {
    db.pragma_query_value(None, pragma, |row| row.get(0))
}

/// Switches a new file to the write-ahead log. A file that already uses it is not changed.
///
/// Processes that open the same new file at the same time block each other here, and SQLite then fails without its
/// usual wait. A request for the write lock does wait, until the first process has finished.
fn use_wal(db: &mut Connection) -> rusqlite::Result<()> {
    for _ in 1..WAL_ATTEMPTS {
        match set_wal(db) {
            Err(busy) if busy.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => {
                db.transaction_with_behavior(TransactionBehavior::Immediate)?.rollback()?;
            }
            done => return done,
        }
    }
    set_wal(db)
}

fn set_wal(db: &Connection) -> rusqlite::Result<()> {
    db.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))
}

fn check_ours(db: &mut Connection, name: &str) -> Result<()> {
    // One transaction keeps the three values consistent while another process migrates the file.
    let mut look = || -> rusqlite::Result<(i64, i64, i64)> {
        let all = db.transaction()?;
        let tables = all.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        Ok((pragma(&all, "application_id")?, pragma(&all, "user_version")?, tables))
    };
    let (id, version, tables) = look().map_err(|source| explain(source, name))?;
    let empty = id == 0 && version == 0 && tables == 0;
    if !empty && id != i64::from(APPLICATION_ID) {
        return Err(config(format!(
            "the store {name} is the database of another program and was not changed; use another path"
        )));
    }
    if version > newest() {
        return Err(config(format!(
            "the store {name} was written by a newer toklink (schema {version}, this version supports up to {}); \
             update toklink, or use another path",
            newest()
        )));
    }
    Ok(())
}

/// Migrates the file in one transaction under the write lock, because several processes may open a new file at the same
/// time.
fn migrate(db: &mut Connection, name: &str) -> Result<()> {
    if pragma(db, "user_version").map_err(|source| explain(source, name))? == newest() {
        return Ok(());
    }
    let mut run = || -> rusqlite::Result<()> {
        let all = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let done = usize::try_from(pragma(&all, "user_version")?).unwrap_or(0);
        for step in MIGRATIONS.iter().skip(done) {
            all.execute_batch(step)?;
        }
        if done < MIGRATIONS.len() {
            all.pragma_update(None, "application_id", APPLICATION_ID)?;
            all.pragma_update(None, "user_version", newest())?;
        }
        all.commit()
    };
    run().map_err(|source| explain(source, name))
}

fn newest() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}

fn config(message: String) -> Error {
    Error::new(ErrorKind::Config, message).with_reason(Reason::StorePathInvalid)
}

/// Returns the error for an SQLite failure, with a message for the operator of the program. SQLite's own messages never
/// contain values from rows.
pub(super) fn explain(source: rusqlite::Error, name: &str) -> Error {
    let (kind, reason, advice, retry) = match source.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => (
            ErrorKind::Unavailable,
            Reason::StoreLocked,
            "is locked by another process; try again, and look for a process that does not release it",
            Retry::Backoff,
        ),
        Some(ErrorCode::DiskFull) => (
            ErrorKind::Unavailable,
            Reason::StoreDiskFull,
            "cannot grow because the disk is full; free space, then try again",
            Retry::Backoff,
        ),
        Some(ErrorCode::NotADatabase) => (
            ErrorKind::Config,
            Reason::StorePathInvalid,
            "is not an SQLite database; use another path, or move that file",
            Retry::Never,
        ),
        Some(ErrorCode::DatabaseCorrupt) => (
            ErrorKind::Config,
            Reason::StoreDamaged,
            "is damaged; restore it from a backup, or move it and connect the accounts again",
            Retry::Never,
        ),
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => (
            ErrorKind::Config,
            Reason::StorePathInvalid,
            "cannot be written; grant this user write permission for the file and its folder",
            Retry::Never,
        ),
        Some(ErrorCode::SystemIoFailure) => (
            ErrorKind::Unavailable,
            Reason::Other,
            "cannot be read or written because the disk reports an error; check the disk",
            Retry::Backoff,
        ),
        _ => (
            ErrorKind::Internal,
            Reason::Other,
            "rejected an SQL statement from toklink; please report it",
            Retry::Never,
        ),
    };
    let owner =
        if kind == ErrorKind::Internal { crate::error::Owner::Toklink } else { crate::error::Owner::App };
    Error::new(kind, format!("the store {name} {advice}"))
        .with_reason(reason)
        .with_retry(retry)
        .with_owner(owner)
        .with_source(source)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn switch_to_wal_mode_fails_while_the_file_is_in_use() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db");
        let (reader, mut opener) = (Connection::open(&path).unwrap(), Connection::open(&path).unwrap());
        reader.execute_batch("CREATE TABLE t (a); BEGIN; SELECT * FROM t;").unwrap();
        opener.busy_timeout(Duration::ZERO).unwrap();
        let error = use_wal(&mut opener).unwrap_err();
        assert_eq!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy));
        reader.execute_batch("COMMIT").unwrap();
        use_wal(&mut opener).unwrap();
        let mode: String = opener.query_row("PRAGMA journal_mode", [], |row| row.get(0)).unwrap();
        assert_eq!(mode, "wal");
    }

    /// Creates a file in the state in which a version with only the first `steps` migrations left it.
    fn old_file(path: &Path, steps: usize) -> Connection {
        let db = Connection::open(path).unwrap();
        for step in &MIGRATIONS[..steps] {
            db.execute_batch(step).unwrap();
        }
        db.pragma_update(None, "application_id", APPLICATION_ID).unwrap();
        db.pragma_update(None, "user_version", i64::try_from(steps).unwrap()).unwrap();
        db
    }

    #[tokio::test]
    async fn older_sqlite_file_accepts_a_cancel_request() {
        use crate::model::AccountKey;
        use crate::store::{JournalStore, SqliteStore};
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db");
        let sql = "INSERT INTO publishes (tenant, open_id, key, phase, fingerprint, video_size, chunk_size, \
             may_become_public, accepted_bytes, created_at, updated_at, attempt, revision) \
             VALUES ('', '1', 'k', 'SENDING', '', 10, 3, 0, 6, 1, 1, 'theirs', 7)";
        old_file(&path, 6).execute(sql, []).unwrap();
        let (store, account) = (SqliteStore::open(&path).unwrap(), AccountKey::new("", "1"));
        let mut row = store.find(&account, "k").await.unwrap().unwrap();
        assert_eq!((row.cancel_requested, row.last_error.clone(), row.revision), (false, None, 7));
        (row.cancel_requested, row.last_error, row.revision) = (true, Some("{}".into()), 8);
        assert!(store.update_if(&row, 7).await.unwrap());
        assert_eq!(store.find(&account, "k").await.unwrap(), Some(row));
    }

    #[tokio::test]
    async fn older_sqlite_file_without_attempt_ids_keeps_its_publishes() {
        use crate::model::{AccountKey, PublishPhase};
        use crate::store::{JournalStore, SqliteStore};
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db");
        let db = old_file(&path, 5);
        for (key, phase) in [("a", "SENDING"), ("b", "DONE")] {
            let sql = "INSERT INTO publishes (tenant, open_id, key, phase, fingerprint, video_size, chunk_size, \
                 may_become_public, accepted_bytes, created_at, updated_at) VALUES ('', '1', ?1, ?2, '', 10, 3, 0, 6, 1, 1)";
            db.execute(sql, [key, phase]).unwrap();
        }
        drop(db);
        let store = SqliteStore::open(&path).unwrap();
        let account = AccountKey::new("", "1");
        for (key, phase) in [("a", PublishPhase::Sending), ("b", PublishPhase::Done)] {
            let mut row = store.find(&account, key).await.unwrap().unwrap();
            assert_eq!((row.phase, row.attempt.as_str(), row.revision), (phase, "", 0), "{key}");
            (row.attempt, row.revision) = ("mine".into(), 1);
            assert!(store.update_if(&row, 0).await.unwrap(), "any attempt may take over the publish");
        }
    }
}
