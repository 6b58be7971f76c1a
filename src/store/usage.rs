//! The usage store: requests that count in windows longer than the lifetime of a process.

use crate::clock::{BoxFuture, Timestamp};
use crate::error::Result;
use std::fmt::Debug;

/// A counted request.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CountedRequest {
    /// The quota window in which the request counts: its name within toklink, at most 100 ASCII characters. The name
    /// contains no account name.
    pub window: String,
    /// Time at which TikTok responded to the request.
    pub at: Timestamp,
}

/// Stores the requests of daily windows, so that the next process continues to count. A loss of this data affects only
/// the counts.
pub trait UsageStore: Send + Sync + Debug {
    /// Adds requests. Identical requests count individually. Requests that TikTok responded to at `forget_until` or
    /// earlier may be deleted.
    fn append<'a>(
        &'a self,
        requests: &'a [CountedRequest],
        forget_until: Timestamp,
    ) -> BoxFuture<'a, Result<()>>;

    /// Returns all requests that TikTok responded to later than `after`, in any order.
    fn since(&self, after: Timestamp) -> BoxFuture<'_, Result<Vec<CountedRequest>>>;
}
