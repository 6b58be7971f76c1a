//! The usage store: requests that count for longer than a process may live.

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

/// Stores the requests of daily windows, so that the next process continues to count. When they are lost, only counts are lost.
pub trait UsageStore: Send + Sync + Debug {
    /// Adds requests. Identical ones count individually. Requests that were answered at `forget_until` or before may be deleted.
    fn append<'a>(
        &'a self,
        requests: &'a [CountedRequest],
        forget_until: Timestamp,
    ) -> BoxFuture<'a, Result<()>>;

    /// Returns all requests that were answered after `after`, in any order.
    fn since(&self, after: Timestamp) -> BoxFuture<'_, Result<Vec<CountedRequest>>>;
}
