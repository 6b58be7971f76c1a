//! A store in one SQLite file, used by a single dedicated thread.

use super::{AccountPage, AccountRow, AccountStore, SealedPair, TokenSwap};
use super::{rows, schema};
use crate::clock::{BoxFuture, Timestamp};
use crate::error::{Error, ErrorKind, Owner, Result, Retry};
use crate::model::{AccountKey, AccountStatus};
use rusqlite::{Connection, OptionalExtension, params};
use std::fmt;
use std::io;
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::{self, JoinHandle};
use tokio::sync::oneshot;

/// Maximum number of calls that may wait for the thread. At a millisecond per durable write this is about a second, after which the
/// call should fail.
const MAX_WAITING: usize = 1024;

type Job = Box<dyn FnOnce(&Connection) + Send>;

/// Stores everything in one SQLite file, which several processes of one machine can share safely. Share it with an `Arc`.
///
/// Every write is on the disk when its future completes, and is performed even when that future is dropped. Dropping the store
/// finishes the waiting calls, then closes the file.
pub struct SqliteStore {
    name: String,
    jobs: Option<SyncSender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl SqliteStore {
    /// Opens the file, or creates it (mode 0600). Blocks for some milliseconds.
    ///
    /// # Errors
    /// [`ErrorKind::Config`], naming the file, when it is a directory, cannot be written, is not a database, or belongs to another
    /// program or to a newer version of toklink.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        Self::serve(schema::open_file(path)?, path.display().to_string())
    }

    /// Opens a store that is lost when dropped; for tests, with the same SQL as a file.
    pub fn open_in_memory() -> Result<Self> {
        let name = "in memory".to_owned();
        Self::serve(schema::open_memory(&name)?, name)
    }

    fn serve(db: Connection, name: String) -> Result<Self> {
        let (jobs, inbox) = sync_channel(MAX_WAITING);
        let thread = thread::Builder::new().name("toklink-store".into()).spawn(move || work(&db, &inbox));
        let thread = Some(thread.map_err(no_thread)?);
        Ok(Self { name, jobs: Some(jobs), thread })
    }

    /// Runs `job` on the store's thread.
    pub(super) async fn call<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T> {
        let (reply, answer) = oneshot::channel();
        let job: Job = Box::new(move |db| {
            // The send fails when the caller's future was dropped; the work is done anyway.
            let _ = reply.send(job(db));
        });
        let sent = self.jobs.as_ref().map(|jobs| jobs.try_send(job));
        match sent {
            Some(Ok(())) => {}
            Some(Err(TrySendError::Full(_))) => return Err(self.overloaded()),
            Some(Err(TrySendError::Disconnected(_))) | None => return Err(self.gone()),
        }
        match answer.await {
            Ok(done) => done.map_err(|source| schema::explain(source, &self.name)),
            Err(_) => Err(self.gone()),
        }
    }

    fn overloaded(&self) -> Error {
        let message = format!(
            "the store {} has {MAX_WAITING} waiting calls; try again, with fewer calls at a time",
            self.name
        );
        Error::new(ErrorKind::Unavailable, message).with_owner(Owner::App).with_retry(Retry::Backoff)
    }

    fn gone(&self) -> Error {
        let message = format!(
            "the thread of the store {} has ended; restart the program, and please report it",
            self.name
        );
        Error::new(ErrorKind::Internal, message)
    }
}

fn no_thread(source: io::Error) -> Error {
    Error::new(
        ErrorKind::Unavailable,
        "the operating system could not create a thread for the store; free resources, then try again",
    )
    .with_owner(Owner::App)
    .with_retry(Retry::Backoff)
    .with_source(source)
}

/// Runs the store's thread. It ends when the store is dropped, after the calls that were sent before.
fn work(db: &Connection, inbox: &Receiver<Job>) {
    while let Ok(job) = inbox.recv() {
        job(db);
    }
}

impl Drop for SqliteStore {
    fn drop(&mut self) {
        drop(self.jobs.take());
        if let Some(thread) = self.thread.take() {
            // It fails only if a call panicked, which its caller received as an error.
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore").field("name", &self.name).finish_non_exhaustive()
    }
}

impl AccountStore for SqliteStore {
    fn load<'a>(&'a self, key: &'a AccountKey) -> BoxFuture<'a, Result<Option<AccountRow>>> {
        let key = key.clone();
        Box::pin(self.call(move |db| {
            db.prepare_cached(rows::LOAD_ACCOUNT)?
                .query_row([key.tenant, key.open_id], rows::account)
                .optional()
        }))
    }

    fn list<'a>(&'a self, tenant: Option<&'a str>) -> BoxFuture<'a, Result<Vec<AccountRow>>> {
        let tenant = tenant.map(str::to_owned);
        Box::pin(self.call(move |db| {
            db.prepare_cached(rows::LIST_ACCOUNTS)?.query_map([tenant], rows::account)?.collect()
        }))
    }

    fn save<'a>(&'a self, row: &'a AccountRow) -> BoxFuture<'a, Result<()>> {
        let row = row.clone();
        Box::pin(self.call(move |db| rows::save_account(db, &row)))
    }

    fn swap<'a>(
        &'a self,
        key: &'a AccountKey,
        expected: Option<&'a str>,
        next: &'a TokenSwap,
    ) -> BoxFuture<'a, Result<bool>> {
        let (key, expected, next) = (key.clone(), expected.map(str::to_owned), next.clone());
        Box::pin(self.call(move |db| rows::swap_tokens(db, &key, expected.as_deref(), &next)))
    }

    fn begin_refresh<'a>(
        &'a self,
        key: &'a AccountKey,
        expected: Option<&'a str>,
        at: Timestamp,
    ) -> BoxFuture<'a, Result<bool>> {
        let (key, expected) = (key.clone(), expected.map(str::to_owned));
        Box::pin(self.call(move |db| {
            rows::change(db, rows::BEGIN_REFRESH, params![key.tenant, key.open_id, expected, at.as_millis()])
        }))
    }

    fn set_status<'a>(
        &'a self,
        key: &'a AccountKey,
        expected: Option<&'a str>,
        status: AccountStatus,
    ) -> BoxFuture<'a, Result<bool>> {
        let (key, expected) = (key.clone(), expected.map(str::to_owned));
        Box::pin(self.call(move |db| {
            rows::change(db, rows::SET_STATUS, params![key.tenant, key.open_id, expected, status.as_str()])
        }))
    }

    fn remove<'a>(&'a self, key: &'a AccountKey) -> BoxFuture<'a, Result<bool>> {
        let key = key.clone();
        Box::pin(self.call(move |db| rows::change(db, rows::REMOVE_ACCOUNT, [key.tenant, key.open_id])))
    }

    fn list_page<'a>(
        &'a self,
        after: Option<&'a AccountKey>,
        limit: usize,
    ) -> BoxFuture<'a, Result<AccountPage>> {
        let after = after.cloned();
        Box::pin(self.call(move |db| {
            let total = db.prepare_cached(rows::COUNT_ACCOUNTS)?.query_row([], |row| row.get(0))?;
            let limit = i64::try_from(limit).unwrap_or(i64::MAX);
            let rows: rusqlite::Result<_> = match after {
                None => db.prepare_cached(rows::FIRST_PAGE)?.query_map([limit], rows::account)?.collect(),
                Some(key) => db
                    .prepare_cached(rows::NEXT_PAGE)?
                    .query_map(params![limit, key.tenant, key.open_id], rows::account)?
                    .collect(),
            };
            Ok(AccountPage { rows: rows?, total: Some(total), without_tokens: 0 })
        }))
    }

    fn reseal<'a>(
        &'a self,
        key: &'a AccountKey,
        expected: &'a SealedPair,
        next: &'a SealedPair,
    ) -> BoxFuture<'a, Result<bool>> {
        let (key, expected, next) = (key.clone(), expected.clone(), next.clone());
        Box::pin(self.call(move |db| {
            rows::change(
                db,
                rows::RESEAL,
                params![
                    key.tenant,
                    key.open_id,
                    expected.access,
                    expected.refresh,
                    next.access,
                    next.refresh
                ],
            )
        }))
    }

    fn mark<'a>(
        &'a self,
        key: &'a AccountKey,
        from: AccountStatus,
        to: AccountStatus,
    ) -> BoxFuture<'a, Result<bool>> {
        let key = key.clone();
        Box::pin(self.call(move |db| {
            rows::change(db, rows::MARK, params![key.tenant, key.open_id, from.as_str(), to.as_str()])
        }))
    }
}

#[cfg(test)]
#[path = "sqlite_tests.rs"]
mod tests;
