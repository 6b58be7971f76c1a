//! The work of an operation, ready to run: one description serves the blocking and the asynchronous call.

use crate::runtime::kept::Kept;
use crate::runtime::operations::Stop;
use core_toklink::clock::BoxFuture;
use core_toklink::{CancelToken, Client, Error, Result};
use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

/// Calls the host's progress callback with the latest progress; returns whether to continue.
pub(crate) type Tell = Arc<dyn Fn() -> bool + Send + Sync>;

/// Makes the thread of the host call [`Tell`].
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
    /// True if the work ends by itself when its token is cancelled. Other work is dropped.
    pub(crate) cooperative: bool,
    /// The pointer of the host that the work uses. While the operation has not started, `destroy` runs where the task is dropped.
    pub(crate) kept: Option<Arc<Kept>>,
    pub(crate) work: Work<T>,
}

impl<T> fmt::Debug for Task<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Task").field("name", &self.name).finish_non_exhaustive()
    }
}

impl<T: Send + 'static> Task<T> {
    /// An operation that stops wherever it is.
    pub(crate) fn new<F: Future<Output = Result<T>> + Send + 'static>(
        name: &'static str,
        work: impl FnOnce(Client) -> F + Send + 'static,
    ) -> Self {
        let work: Work<T> = Box::new(move |context| Box::pin(work(context.client)));
        Self { name, timeout: None, tell: None, cooperative: false, kept: None, work }
    }

    /// An operation that stops wherever it is, and whose requests change something.
    pub(crate) fn changing<F: Future<Output = Result<T>> + Send + 'static>(
        name: &'static str,
        work: impl FnOnce(Client) -> F + Send + 'static,
    ) -> Self {
        Self::with_context(name, move |context| async move {
            context.stop.sends_changes();
            work(context.client).await
        })
    }

    /// An operation that ends by itself when its token is cancelled.
    pub(crate) fn cooperative<F: Future<Output = Result<T>> + Send + 'static>(
        name: &'static str,
        work: impl FnOnce(Context) -> F + Send + 'static,
    ) -> Self {
        let work: Work<T> = Box::new(move |context| Box::pin(work(context)));
        Self { name, timeout: None, tell: None, cooperative: true, kept: None, work }
    }

    /// An operation that stops wherever it is, and that can wake the host.
    pub(crate) fn with_context<F: Future<Output = Result<T>> + Send + 'static>(
        name: &'static str,
        work: impl FnOnce(Context) -> F + Send + 'static,
    ) -> Self {
        Self { cooperative: false, ..Self::cooperative(name, work) }
    }

    /// An operation that fails before it starts, so that its error arrives in its completion.
    pub(crate) fn failing(name: &'static str, error: Error) -> Self {
        let work: Work<T> = Box::new(move |_| Box::pin(std::future::ready(Err(error))));
        Self { name, timeout: None, tell: None, cooperative: true, kept: None, work }
    }

    /// Names the pointer of the host that the work uses.
    pub(crate) fn keeping(mut self, kept: Option<Arc<Kept>>) -> Self {
        self.kept = kept;
        self
    }

    pub(crate) fn telling(mut self, tell: Option<Tell>) -> Self {
        self.tell = tell;
        self
    }

    /// Limits the time of the operation; 0 leaves the limit of the client.
    pub(crate) fn within(mut self, timeout_ms: u64) -> Self {
        if timeout_ms > 0 {
            self.timeout = Some(Duration::from_millis(timeout_ms));
        }
        self
    }
}
