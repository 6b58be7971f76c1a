//! Running operations: their numbers, cancellation and completions.

use crate::ffi::error::Failure;
use crate::runtime::delivery::Post;
use core_toklink::{CancelToken, Dispatch, Error, ErrorKind, Owner, Reason, Result, Retry};
use std::collections::HashMap;
use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;

/// Identifies a running operation of a client for `toklink_cancel`. Numbers start at 1 and are never reused.
pub type toklink_op = u64;

/// Cancels one operation.
#[derive(Debug)]
pub(crate) struct Stop {
    pub(crate) token: CancelToken,
    gate: watch::Sender<bool>,
    /// True if TikTok may have received a request of the operation that changes something.
    may_have_been_sent: AtomicBool,
}

impl Stop {
    fn new() -> Self {
        let may_have_been_sent = AtomicBool::new(false);
        Self { token: CancelToken::new(), gate: watch::Sender::new(false), may_have_been_sent }
    }

    /// Records that the operation sends requests that change something from now on.
    pub(crate) fn sends_changes(&self) {
        self.may_have_been_sent.store(true, Ordering::Relaxed);
    }

    fn dispatch(&self) -> Dispatch {
        if self.may_have_been_sent.load(Ordering::Relaxed) { Dispatch::MaybeSent } else { Dispatch::NotSent }
    }

    /// Returns the error for an operation that exceeded its time limit.
    pub(crate) fn timed_out(&self, name: &'static str, limit: Duration) -> Error {
        let limit = limit.as_millis();
        let sentence = format!("{name} did not end within {limit} ms; retry, or set a longer timeout_ms");
        Error::new(ErrorKind::Unavailable, sentence)
            .with_reason(Reason::TimedOut)
            .with_retry(Retry::Backoff)
            .with_dispatch(self.dispatch())
            .with_operation(name)
    }

    pub(crate) fn cancel(&self) {
        self.token.cancel();
        self.gate.send_replace(true);
    }

    /// Runs `work`, and drops it if the operation is cancelled first.
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
            () = stopped => Err(cancelled(name).with_dispatch(self.dispatch())),
            result = work => result,
        }
    }
}

fn cancelled(name: &'static str) -> Error {
    Error::new(ErrorKind::Cancelled, "the caller cancelled the operation")
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
    /// Tracks each operation until its completion is posted, which is after its removal from `running`.
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

    /// Adds an operation, which ends when its ticket is dropped. Fails if the client is closed, so that no operation
    /// starts while the client closes.
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

    /// Cancels an operation. Returns false if it has ended or never existed.
    pub(crate) fn cancel(&self, id: u64) -> bool {
        let stop = self.running().stops.get(&id).cloned();
        stop.inspect(|stop| stop.cancel()).is_some()
    }

    /// Cancels all operations and refuses new ones.
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

    /// Waits until all operations have ended and their completions are posted. Call it after [`Self::close`].
    pub(crate) async fn settled(&self) {
        self.open.wait().await;
    }
}

/// A running operation.
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

/// The completion of an operation.
pub(crate) type Done<T> = Box<dyn FnOnce(std::result::Result<T, Failure>) + Send>;

/// Calls the host exactly once, on the callback thread, even if the work is dropped before it ends.
pub(crate) struct Completion<T: Send + 'static> {
    done: Option<Done<T>>,
    post: Post,
    /// Dropped last, after the host's function is posted.
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
            // The callback thread ends only after all operations have ended.
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
    fn completion_fires_once_when_work_ends_or_is_dropped() {
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
