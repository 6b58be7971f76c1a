//! The lease store.

use crate::clock::{BoxFuture, Timestamp};
use crate::error::Result;
use std::fmt::Debug;
use std::time::Duration;

/// Stores leases, which let one process work while others wait. Leases only save calls; no guarantee depends on them.
pub trait LeaseStore: Send + Sync + Debug {
    /// Acquires the lease `name` for `owner` until `now + ttl` if it is free, has expired or already belongs to `owner`.
    fn acquire<'a>(
        &'a self,
        name: &'a str,
        owner: &'a str,
        now: Timestamp,
        ttl: Duration,
    ) -> BoxFuture<'a, Result<bool>>;

    /// Releases the lease if it still belongs to `owner`.
    fn release<'a>(&'a self, name: &'a str, owner: &'a str) -> BoxFuture<'a, Result<()>>;

    /// Deletes every lease that expired before `before`.
    fn expire(&self, before: Timestamp) -> BoxFuture<'_, Result<()>>;
}
