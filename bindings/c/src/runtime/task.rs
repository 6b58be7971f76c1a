//! The work of an operation. The blocking and the asynchronous form run the same task.

use crate::runtime::kept::Kept;
use crate::runtime::operations::Stop;
use core_toklink::clock::BoxFuture;
use core_toklink::{CancelToken, Client, Error, Result};
use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

/// Calls the host's progress callback with the latest progress. Returns true to continue.
pub(crate) type Tell = Arc<dyn Fn() -> bool + Send + Sync>;

/// Schedules a call of [`Tell`] on the host's thread.
pub(crate) type Wake = Arc<dyn Fn() + Send + Sync>;

/// The context of running work.
pub(crate) struct Context {
    pub(crate) client: Client,
    pub(crate) cancel: CancelToken,
    pub(crate) wake: Wake,
    pub(crate) stop: Arc<Stop>,
}

type Work<T> = Box<dyn FnOnce(Context) -> BoxFuture<'static, Result<T>> + Send>;

/// An operation.
pub(crate) struct Task<T> {
    pub(crate) name: &'static str,
    pub(crate) timeout: Option<Duration>,
    pub(crate) tell: Option<Tell>,
    /// True if the work observes its cancel token. Other work is dropped when it is cancelled.
    pub(crate) cooperative: bool,
    /// The host's pointer that the work uses. If the operation never starts, `destroy` runs on the thread that drops
    /// the task.
    pub(crate) kept: Option<Arc<Kept>>,
    pub(crate) work: Work<T>,
}

impl<T> fmt::Debug for Task<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Task").field("name", &self.name).finish_non_exhaustive()
    }
}

impl<T: Send + 'static> Task<T> {
    /// Creates an operation that is dropped when it is cancelled.
    pub(crate) fn new<F: Future<Output = Result<T>> + Send + 'static>(
        name: &'static str,
        work: impl FnOnce(Client) -> F + Send + 'static,
    ) -> Self {
        let work: Work<T> = Box::new(move |context| Box::pin(work(context.client)));
        Self { name, timeout: None, tell: None, cooperative: false, kept: None, work }
    }

    /// Creates an operation that is dropped when it is cancelled and whose requests change something at TikTok.
    pub(crate) fn changing<F: Future<Output = Result<T>> + Send + 'static>(
        name: &'static str,
        work: impl FnOnce(Client) -> F + Send + 'static,
    ) -> Self {
        Self::with_context(name, move |context| async move {
            context.stop.sends_changes();
            work(context.client).await
        })
    }

    /// Creates an operation that observes its cancel token.
    pub(crate) fn cooperative<F: Future<Output = Result<T>> + Send + 'static>(
        name: &'static str,
        work: impl FnOnce(Context) -> F + Send + 'static,
    ) -> Self {
        let work: Work<T> = Box::new(move |context| Box::pin(work(context)));
        Self { name, timeout: None, tell: None, cooperative: true, kept: None, work }
    }

    /// Creates an operation that is dropped when it is cancelled and that can wake the host.
    pub(crate) fn with_context<F: Future<Output = Result<T>> + Send + 'static>(
        name: &'static str,
        work: impl FnOnce(Context) -> F + Send + 'static,
    ) -> Self {
        Self { cooperative: false, ..Self::cooperative(name, work) }
    }

    /// Creates an operation that fails at once, so that its completion receives the error.
    pub(crate) fn failing(name: &'static str, error: Error) -> Self {
        let work: Work<T> = Box::new(move |_| Box::pin(std::future::ready(Err(error))));
        Self { name, timeout: None, tell: None, cooperative: true, kept: None, work }
    }

    /// Sets the host's pointer that the work uses.
    pub(crate) fn keeping(mut self, kept: Option<Arc<Kept>>) -> Self {
        self.kept = kept;
        self
    }

    pub(crate) fn telling(mut self, tell: Option<Tell>) -> Self {
        self.tell = tell;
        self
    }

    /// Sets the operation's time limit; 0 keeps the limit of the client.
    pub(crate) fn within(mut self, timeout_ms: u64) -> Self {
        if timeout_ms > 0 {
            self.timeout = Some(Duration::from_millis(timeout_ms));
        }
        self
    }
}
