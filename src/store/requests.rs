//! Log of requests that count for longer than a process may run.

use crate::clock::{BoxFuture, Timestamp};
use crate::error::Result;
use std::fmt::Debug;

/// One counted request.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CountedRequest {
    /// The quota window in which it counts: its name within toklink, at most 100 ASCII characters. It contains no account name.
    pub window: String,
    /// Time at which TikTok answered it.
    pub at: Timestamp,
}

/// Records the requests of daily windows, so that the next process continues to count. When the log is lost, only counts are lost.
///
/// A store that does not outlive the counts, such as [`MemoryStore`](super::MemoryStore), keeps the default implementations of
/// both methods.
pub trait RequestLog: Send + Sync + Debug {
    /// Adds requests. Identical ones count individually. Requests that were answered at `forget_until` or before may be deleted.
    fn log_requests<'a>(
        &'a self,
        requests: &'a [CountedRequest],
        forget_until: Timestamp,
    ) -> BoxFuture<'a, Result<()>> {
        let _ = (requests, forget_until);
        Box::pin(async { Ok(()) })
    }

    /// Returns all requests that were answered after `after`, in any order.
    fn requests_after(&self, after: Timestamp) -> BoxFuture<'_, Result<Vec<CountedRequest>>> {
        let _ = after;
        Box::pin(async { Ok(Vec::new()) })
    }
}
