//! Running operations: their numbers, their cancellation, and their completions.

use crate::ffi::error::Failure;
use crate::runtime::delivery::Post;
use core_toklink::{CancelToken, Error, ErrorKind, Owner, Result};
use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;

/// Identifies a running operation of a client, for `toklink_cancel`. Numbers start at 1, need no freeing, and are never used
/// again.
pub type toklink_op = u64;

/// Stops one operation.
#[derive(Debug)]
pub(crate) struct Stop {
    pub(crate) token: CancelToken,
    gate: watch::Sender<bool>,
}

impl Stop {
    fn new() -> Self {
        Self { token: CancelToken::new(), gate: watch::Sender::new(false) }
    }

    pub(crate) fn cancel(&self) {
        self.token.cancel();
        self.gate.send_replace(true);
    }

    /// Runs work that a token cannot cancel. Drops it when the operation is stopped first.
    pub(crate) async fn guard<T>(
        &self,
        name: &'static str,
        work: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        let mut gate = self.gate.subscribe();
        let stopped = async move {
            let _open = gate.wait_for(|stopped| *stopped).await;
        };
        tokio::select! {
            biased;
            () = stopped => Err(cancelled(name)),
            result = work => result,
        }
    }
}

fn cancelled(name: &'static str) -> Error {
    Error::new(ErrorKind::Cancelled, "the operation was cancelled by the caller")
        .with_owner(Owner::User)
        .with_operation(name)
}

pub(crate) fn closed() -> Error {
    Error::new(ErrorKind::Closed, "the client was closed; create a new one")
}

/// The running operations by number.
#[derive(Debug, Default)]
pub(crate) struct Operations {
    running: Mutex<Running>,
    /// Counts each operation until its completion is posted, which is after it has left `running`.
    open: TaskTracker,
}

#[derive(Debug, Default)]
struct Running {
    last: u64,
    stops: HashMap<u64, Arc<Stop>>,
    is_closed: bool,
}

impl Operations {
    fn running(&self) -> MutexGuard<'_, Running> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds an operation, which ends when its ticket is dropped. Fails when the client is closed, because otherwise a
    /// concurrent close could miss the operation. Numbers start at 1 and are never reused.
    pub(crate) fn enter(self: &Arc<Self>, name: &'static str) -> Result<Ticket> {
        let stop = Arc::new(Stop::new());
        let mut running = self.running();
        if running.is_closed {
            return Err(closed().with_operation(name));
        }
        running.last = running.last.saturating_add(1);
        let id = running.last;
        running.stops.insert(id, Arc::clone(&stop));
        Ok(Ticket { id, stop, open: self.open.token(), operations: Arc::clone(self) })
    }

    /// Stops one operation. Returns `false` when it has ended or never existed.
    pub(crate) fn cancel(&self, id: u64) -> bool {
        let stop = self.running().stops.get(&id).cloned();
        stop.inspect(|stop| stop.cancel()).is_some()
    }

    /// Cancels all running operations, and rejects new ones.
    pub(crate) fn close(&self) {
        let mut running = self.running();
        running.is_closed = true;
        let all: Vec<_> = running.stops.values().cloned().collect();
        drop(running);
        for stop in all {
            stop.cancel();
        }
        self.open.close();
    }

    /// Completes when all operations have ended and their completions are posted. After [`Self::close`].
    pub(crate) async fn settled(&self) {
        self.open.wait().await;
    }
}

/// One operation as long as it runs.
#[derive(Debug)]
pub(crate) struct Ticket {
    pub(crate) id: u64,
    pub(crate) stop: Arc<Stop>,
    pub(crate) open: TaskTrackerToken,
    operations: Arc<Operations>,
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.operations.running().stops.remove(&self.id);
    }
}

/// The one completion of an operation.
pub(crate) type Done<T> = Box<dyn FnOnce(std::result::Result<T, Failure>) + Send>;

/// Calls the host exactly once, on the callback thread, even when the work is dropped before it finishes.
pub(crate) struct Completion<T: Send + 'static> {
    done: Option<Done<T>>,
    post: Post,
    /// Dropped last, when the host's function is posted.
    _open: TaskTrackerToken,
}

impl<T: Send + 'static> Completion<T> {
    pub(crate) fn new(post: Post, open: TaskTrackerToken, done: Done<T>) -> Self {
        Self { done: Some(done), post, _open: open }
    }

    pub(crate) fn fire(mut self, outcome: std::result::Result<T, Failure>) {
        self.settle(outcome);
    }

    fn settle(&mut self, outcome: std::result::Result<T, Failure>) {
        if let Some(done) = self.done.take() {
            // The thread lives until the client is freed, which waits for every operation.
            self.post.send(move || done(outcome));
        }
    }
}

impl<T: Send + 'static> Drop for Completion<T> {
    fn drop(&mut self) {
        if self.done.is_some() {
            self.settle(Err(closed().into()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ffi::status::toklink_status::{TOKLINK_ERR_CLOSED, TOKLINK_OK};
    use crate::runtime::delivery::Delivery;

    #[test]
    fn operation_numbers_are_never_reused() {
        let operations = Arc::new(Operations::default());
        let (first, second) = (operations.enter("first").unwrap(), operations.enter("second").unwrap());
        assert_eq!((first.id, second.id), (1, 2));
        assert!(operations.cancel(1) && first.stop.token.is_cancelled() && !second.stop.token.is_cancelled());
        drop(first);
        assert!(!operations.cancel(1) && !operations.cancel(77));
        assert_eq!(operations.enter("third").unwrap().id, 3);
        operations.close();
        assert!(second.stop.token.is_cancelled());
        assert_eq!(operations.enter("late").unwrap_err().kind(), ErrorKind::Closed);
    }

    #[test]
    fn completion_is_called_once_when_work_ends_or_is_dropped() {
        let delivery = Delivery::start(None).unwrap();
        let (sender, fired) = std::sync::mpsc::channel();
        let done = |sender: &std::sync::mpsc::Sender<_>| {
            let sender = sender.clone();
            Box::new(move |outcome: std::result::Result<u8, Failure>| {
                sender.send(outcome.map_or_else(|error| error.status(), |_| TOKLINK_OK)).unwrap();
            }) as Done<u8>
        };
        let open = TaskTracker::new();
        Completion::new(delivery.post(), open.token(), done(&sender)).fire(Ok(1));
        drop(Completion::new(delivery.post(), open.token(), done(&sender)));
        assert!(open.is_empty());
        drop(sender);
        assert_eq!(fired.iter().collect::<Vec<_>>(), [TOKLINK_OK, TOKLINK_ERR_CLOSED]);
    }
}
