//! The work of an operation. The blocking and the asynchronous form run the same task.

use core_toklink::clock::BoxFuture;
use core_toklink::{CancelToken, Client, Dispatch, Error, ErrorKind, Owner, Reason, Result, Retry};
use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

/// Calls the host's progress callback with the latest progress. Returns false to cancel the operation.
pub(crate) type Tell = Arc<dyn Fn() -> bool + Send + Sync>;

/// Makes the host's thread call [`Tell`].
pub(crate) type Wake = Arc<dyn Fn() + Send + Sync>;

/// The context of running work.
pub(crate) struct Context {
    pub(crate) client: Client,
    pub(crate) cancel: CancelToken,
    pub(crate) wake: Wake,
}

type Work<T> = Box<dyn FnOnce(Context) -> BoxFuture<'static, Result<T>> + Send>;

/// An operation.
pub(crate) struct Task<T> {
    pub(crate) name: &'static str,
    pub(crate) timeout: Option<Duration>,
    pub(crate) tell: Option<Tell>,
    /// True if the work stops on its own when its token is cancelled. Other work is dropped.
    pub(crate) cooperative: bool,
    pub(crate) work: Work<T>,
}

impl<T> fmt::Debug for Task<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Task").field("name", &self.name).finish_non_exhaustive()
    }
}

impl<T: Send + 'static> Task<T> {
    /// Creates an operation that can be stopped at any point.
    pub(crate) fn new<F: Future<Output = Result<T>> + Send + 'static>(
        name: &'static str,
        work: impl FnOnce(Client) -> F + Send + 'static,
    ) -> Self {
        let work: Work<T> = Box::new(move |context| Box::pin(work(context.client)));
        Self { name, timeout: None, tell: None, cooperative: false, work }
    }

    /// Creates an operation that stops on its own when its token is cancelled.
    pub(crate) fn cooperative<F: Future<Output = Result<T>> + Send + 'static>(
        name: &'static str,
        work: impl FnOnce(Context) -> F + Send + 'static,
    ) -> Self {
        let work: Work<T> = Box::new(move |context| Box::pin(work(context)));
        Self { name, timeout: None, tell: None, cooperative: true, work }
    }

    /// Creates an operation that can be stopped at any point and can wake the host.
    pub(crate) fn with_context<F: Future<Output = Result<T>> + Send + 'static>(
        name: &'static str,
        work: impl FnOnce(Context) -> F + Send + 'static,
    ) -> Self {
        Self { cooperative: false, ..Self::cooperative(name, work) }
    }

    /// Creates an operation that fails before it starts, so that its completion receives the error.
    pub(crate) fn failing(name: &'static str, error: Error) -> Self {
        let work: Work<T> = Box::new(move |_| Box::pin(std::future::ready(Err(error))));
        Self { name, timeout: None, tell: None, cooperative: true, work }
    }

    pub(crate) fn telling(mut self, tell: Option<Tell>) -> Self {
        self.tell = tell;
        self
    }

    /// Sets the time limit of the operation. 0 keeps the client's limit.
    pub(crate) fn within(mut self, timeout_ms: u64) -> Self {
        if timeout_ms > 0 {
            self.timeout = Some(Duration::from_millis(timeout_ms));
        }
        self
    }
}

/// Returns the error for an operation that exceeded its time limit.
pub(crate) fn timed_out(name: &'static str, limit: Duration) -> Error {
    let sentence =
        format!("{name} did not end within {} ms; retry, or set a longer timeout_ms", limit.as_millis());
    Error::new(ErrorKind::Unavailable, sentence)
        .with_reason(Reason::TimedOut)
        .with_owner(Owner::TikTok)
        .with_retry(Retry::Backoff)
        .with_dispatch(Dispatch::MaybeSent)
        .with_operation(name)
}
