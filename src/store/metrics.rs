//! Metrics of accounts, one row for each account and day, and the leases of the workers that collect them.

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
    /// The day on which they were collected.
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
    /// Time at which they were read.
    pub read_at: Timestamp,
}

/// A lease on the metrics of a day, so that no other worker collects them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetricsClaim {
    /// The day.
    pub day: Day,
    /// The worker.
    pub owner: String,
    /// The current time of the caller's clock.
    pub now: Timestamp,
    /// Metrics of the day that were read at this time or later are fresh; older ones are read again.
    pub fresh_since: Timestamp,
    /// Duration of the lease, unless it is released earlier.
    pub ttl: Duration,
}

/// Stores metrics of accounts. They are deleted with their account ([`super::AccountStore::remove`]).
///
/// A lease saves requests and keeps two workers from reading the same account. Each day has one row, the newest.
pub trait MetricsStore: Send + Sync + Debug {
    /// Leases those of `accounts` whose metrics of the day are neither fresh (read at `fresh_since` or later) nor leased by another
    /// owner, each to at most one worker. Returns the leased accounts. Metrics that are not fresh stay until they are replaced.
    fn claim<'a>(
        &'a self,
        claim: &'a MetricsClaim,
        accounts: &'a [AccountKey],
    ) -> BoxFuture<'a, Result<Vec<AccountKey>>>;

    /// Releases `owner`'s leases on the metrics of `day`.
    fn release<'a>(
        &'a self,
        day: Day,
        owner: &'a str,
        accounts: &'a [AccountKey],
    ) -> BoxFuture<'a, Result<()>>;

    /// Writes rows. Each replaces the row of the same account and day, unless that row was read later. Ends the leases on them,
    /// regardless of their owner.
    fn save<'a>(&'a self, rows: &'a [MetricsRow]) -> BoxFuture<'a, Result<()>>;

    /// Returns the rows of an account between two days (both included), the oldest first.
    fn range<'a>(
        &'a self,
        account: &'a AccountKey,
        from: Day,
        to: Day,
    ) -> BoxFuture<'a, Result<Vec<MetricsRow>>>;
}
