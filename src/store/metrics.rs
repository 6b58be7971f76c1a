//! Metrics of accounts, with one row for each account and day, and the leases of the workers that collect them.

use crate::clock::{BoxFuture, Timestamp};
use crate::error::Result;
use crate::model::{AccountKey, Day};
use std::fmt::Debug;
use std::time::Duration;

/// The metrics of one account on one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetricsRow {
    /// The account.
    pub account: AccountKey,
    /// The day on which the metrics were collected.
    pub day: Day,
    /// Number of followers.
    pub followers: i64,
    /// Number of accounts followed.
    pub following: i64,
    /// Likes received on all videos.
    pub likes: i64,
    /// Number of public videos.
    pub video_count: i64,
    /// The number of newest videos that the following sums cover.
    pub videos_read: u32,
    /// Views of these videos.
    pub views: i64,
    /// Likes of these videos.
    pub video_likes: i64,
    /// Comments on these videos.
    pub comments: i64,
    /// Shares of these videos.
    pub shares: i64,
    /// Time at which the metrics were read.
    pub read_at: Timestamp,
}

/// A lease on the metrics of a day. It keeps other workers from collecting the same metrics.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetricsClaim {
    /// The day of the metrics.
    pub day: Day,
    /// The id of the worker that requests the lease.
    pub owner: String,
    /// The current time according to the caller's clock.
    pub now: Timestamp,
    /// Metrics of the day that were read at this time or later are fresh. Older metrics are read again.
    pub fresh_since: Timestamp,
    /// Duration of the lease, unless it is released earlier.
    pub ttl: Duration,
}

/// Stores metrics of accounts. The metrics are deleted with their account ([`super::AccountStore::remove`]).
///
/// A lease saves requests: it keeps two workers from reading the same account. Each day has one row, which contains the
/// newest metrics.
pub trait MetricsStore: Send + Sync + Debug {
    /// Leases the accounts whose metrics of the day are neither fresh (read at `fresh_since` or later) nor leased by
    /// another owner. Each account goes to at most one worker. Returns the leased accounts. Metrics that are not fresh
    /// are kept until newer ones replace them.
    fn claim<'a>(
        &'a self,
        claim: &'a MetricsClaim,
        accounts: &'a [AccountKey],
    ) -> BoxFuture<'a, Result<Vec<AccountKey>>>;

    /// Releases the leases of `owner` on the metrics of `day`.
    fn release<'a>(
        &'a self,
        day: Day,
        owner: &'a str,
        accounts: &'a [AccountKey],
    ) -> BoxFuture<'a, Result<()>>;

    /// Writes rows. Each row replaces the stored row of the same account and day, unless the stored row was read later.
    /// Ends the leases on the rows' metrics, regardless of their owner.
    fn save<'a>(&'a self, rows: &'a [MetricsRow]) -> BoxFuture<'a, Result<()>>;

    /// Returns the rows of an account from one day to another, both included, the oldest first.
    fn range<'a>(
        &'a self,
        account: &'a AccountKey,
        from: Day,
        to: Day,
    ) -> BoxFuture<'a, Result<Vec<MetricsRow>>>;
}
