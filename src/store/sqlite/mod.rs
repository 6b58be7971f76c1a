//! A store in one SQLite file, which a dedicated thread reads and writes.

mod accounts;
mod columns;
mod fork;
mod journal;
mod leases;
mod metrics;
mod private;
mod schema;
mod usage;

use crate::error::{Error, ErrorKind, Owner, Result, Retry};
use fork::OpenStore;
use rusqlite::Connection;
use std::fmt;
use std::io;
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::{self, JoinHandle};
use tokio::sync::oneshot;

/// Maximum number of calls that may wait for the thread. At one millisecond per durable write, the last call waits
/// about one second; further calls fail immediately.
const MAX_WAITING: usize = 1024;

type Job = Box<dyn FnOnce(&Connection) + Send>;

/// Stores everything in one SQLite file, which several processes on one machine can share safely. Share the store with
/// an `Arc`.
///
/// Every write is on the disk when its future completes, and is performed even if that future is dropped. Dropping the
/// store finishes the waiting calls and then closes the file.
pub struct SqliteStore {
    name: String,
    jobs: Option<SyncSender<Job>>,
    thread: Option<JoinHandle<()>>,
    /// Dropped after the file is closed.
    _open: OpenStore,
}

impl SqliteStore {
    /// Opens the file, or creates it with mode 0600. Blocks for a few milliseconds.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] with the name of the file, when the file is a directory, cannot be written, is not a
    /// database, or belongs to another program or to a newer version of toklink. [`ErrorKind::Conflict`] with
    /// [`Reason::AfterFork`](crate::Reason::AfterFork) in a forked child of a process that has a SQLite file open.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let (path, open) = (path.as_ref(), OpenStore::new()?);
        Self::serve(schema::open_file(path)?, path.display().to_string(), open)
    }

    /// Opens a store in memory whose content is lost when it is dropped. It is for tests and uses the same SQL as a
    /// file.
    pub fn open_in_memory() -> Result<Self> {
        let (name, open) = ("in memory".to_owned(), OpenStore::new()?);
        Self::serve(schema::open_memory(&name)?, name, open)
    }

    fn serve(db: Connection, name: String, open: OpenStore) -> Result<Self> {
        let (jobs, inbox) = sync_channel(MAX_WAITING);
        let thread = thread::Builder::new().name("toklink-store".into()).spawn(move || work(&db, &inbox));
        let thread = Some(thread.map_err(no_thread)?);
        Ok(Self { name, jobs: Some(jobs), thread, _open: open })
    }

    /// Runs `job` on the store's thread.
    pub(super) async fn call<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T> {
        let (reply, answer) = oneshot::channel();
        let job: Job = Box::new(move |db| {
            // The send fails if the caller's future was dropped. The operation is complete anyway.
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
            "the store {} has {MAX_WAITING} waiting calls; try again with fewer concurrent calls",
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

/// Runs the store's thread. It ends when the store is dropped, after it has finished the calls that were sent before.
fn work(db: &Connection, inbox: &Receiver<Job>) {
    while let Ok(job) = inbox.recv() {
        job(db);
    }
}

impl Drop for SqliteStore {
    fn drop(&mut self) {
        drop(self.jobs.take());
        if let Some(thread) = self.thread.take() {
            // The join fails only if a call panicked, and the caller has received that as an error.
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore").field("name", &self.name).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
