//! Notices about requests that are sent again. A program can write them to its log.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// A request that failed and is sent again. It contains no token and no upload URL.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RetryNotice {
    /// The endpoint, such as `user_info` or `video_upload`.
    pub operation: &'static str,
    /// The reason for the failure.
    pub cause: String,
    /// The pause before the next attempt; `None` while a quota window or TikTok's response determines it.
    pub pause: Option<Duration>,
}

type Listen = dyn Fn(&RetryNotice) + Send + Sync;

/// Notifies the host of each request that is sent again.
#[derive(Clone, Default)]
pub(crate) struct RetryListener(Option<Arc<Listen>>);

impl RetryListener {
    pub(crate) fn new(listen: impl Fn(&RetryNotice) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(listen)))
    }

    /// Calls the listener. `cause` is called only when there is a listener.
    pub(crate) fn notify(
        &self,
        operation: &'static str,
        pause: Option<Duration>,
        cause: impl FnOnce() -> String,
    ) {
        if let Some(listen) = &self.0 {
            listen(&RetryNotice { operation, cause: cause(), pause });
        }
    }
}

impl fmt::Debug for RetryListener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RetryListener({})", if self.0.is_some() { "set" } else { "none" })
    }
}
