//! Requests that count for longer than a process may live.

use crate::clock::{BoxFuture, Timestamp};
use crate::error::Result;
use std::fmt::Debug;

/// One request that was counted.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CountedRequest {
    /// The window that it counts in: its name within toklink, of at most 100 ASCII characters. It names no account.
    pub window: String,
    /// When TikTok had answered it.
    pub at: Timestamp,
}

/// Keeps what counts for a day, so that the next process goes on counting. A loss of it loses counts and nothing else.
///
/// A store that lives no longer than the counts, as [`MemoryStore`](super::MemoryStore), leaves both methods as they are.
pub trait RequestLog: Send + Sync + Debug {
    /// Adds requests, of which several may be alike: each counts. What was answered at `forget_until` or before may go.
    fn log_requests<'a>(
        &'a self,
        requests: &'a [CountedRequest],
        forget_until: Timestamp,
    ) -> BoxFuture<'a, Result<()>> {
        let _ = (requests, forget_until);
        Box::pin(async { Ok(()) })
    }

    /// All that were answered after `after`, in any order.
    fn requests_after(&self, after: Timestamp) -> BoxFuture<'_, Result<Vec<CountedRequest>>> {
        let _ = after;
        Box::pin(async { Ok(Vec::new()) })
    }
}
