//! Metrics of accounts, one row for each account and day, and the leases of the workers that collect them.

use super::AccountKey;
use crate::clock::{BoxFuture, Timestamp};
use crate::error::Result;
use std::fmt::{self, Debug, Display};
use std::time::Duration;

const DAY_MS: i64 = 86_400_000;
/// The days that ISO 8601 can express: 0000-01-01 to 9999-12-31.
const FIRST_DAY: i32 = -719_528;
const LAST_DAY: i32 = 2_932_896;

/// A day in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(i32);

impl Day {
    /// Returns the day of `time`. For times outside the years 0 to 9999, returns the nearest day that ISO 8601 can express.
    #[must_use]
    pub fn of(time: Timestamp) -> Self {
        Self::from_number(time.as_millis().div_euclid(DAY_MS))
    }

    /// Returns the day that is `number` days after 1970-01-01, or the nearest day that ISO 8601 can express.
    #[must_use]
    pub fn from_number(number: i64) -> Self {
        let clamped = number.clamp(i64::from(FIRST_DAY), i64::from(LAST_DAY));
        Self(i32::try_from(clamped).unwrap_or(0))
    }

    /// Returns the number of days since 1970-01-01.
    #[must_use]
    pub const fn number(self) -> i32 {
        self.0
    }

    /// Returns the first instant of the day.
    #[must_use]
    pub fn start(self) -> Timestamp {
        Timestamp::from_millis(i64::from(self.0) * DAY_MS)
    }

    /// Returns the day that is `days` earlier.
    #[must_use]
    pub fn before(self, days: u32) -> Self {
        Self::from_number(i64::from(self.0) - i64::from(days))
    }

    /// Returns the number of days since `earlier`; 0 when `earlier` is not earlier.
    #[must_use]
    pub fn days_since(self, earlier: Self) -> u32 {
        u32::try_from(i64::from(self.0) - i64::from(earlier.0)).unwrap_or(0)
    }

    /// Parses a day such as `2026-11-23`. Returns `None` for any other format.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let shaped = text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
        let day = Self::of(Timestamp::from_iso8601(&format!("{text}T00:00:00Z")).filter(|_| shaped)?);
        (day.to_string() == text).then_some(day)
    }
}

impl Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let iso = self.start().to_iso8601();
        f.write_str(iso.get(..10).unwrap_or_default())
    }
}

impl serde::Serialize for Day {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

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
    /// owner, each to at most one worker. Returns the leased accounts. Metrics that are not fresh remain until they are replaced.
    fn claim_metrics<'a>(
        &'a self,
        claim: &'a MetricsClaim,
        accounts: &'a [AccountKey],
    ) -> BoxFuture<'a, Result<Vec<AccountKey>>>;

    /// Releases `owner`'s leases on the metrics of `day`.
    fn release_metrics<'a>(
        &'a self,
        day: Day,
        owner: &'a str,
        accounts: &'a [AccountKey],
    ) -> BoxFuture<'a, Result<()>>;

    /// Writes rows. Each replaces the row of the same account and day, unless that row was read later. Ends the leases on them,
    /// regardless of their owner.
    fn save_metrics<'a>(&'a self, rows: &'a [MetricsRow]) -> BoxFuture<'a, Result<()>>;

    /// Returns the rows of an account between two days (both included), the oldest first.
    fn metrics_between<'a>(
        &'a self,
        account: &'a AccountKey,
        from: Day,
        to: Day,
    ) -> BoxFuture<'a, Result<Vec<MetricsRow>>>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_day_starts_and_ends_at_midnight_utc() {
        let day = Day::parse("2026-11-23").unwrap();
        assert_eq!(Day::of(day.start()), day);
        assert_eq!(Day::of(Timestamp::from_millis(day.start().as_millis() - 1)), day.before(1));
        assert_eq!(Day::of(Timestamp::from_millis(-1)).to_string(), "1969-12-31");
        assert_eq!(day.days_since(Day::parse("2026-10-23").unwrap()), 31);
        assert_eq!(day.before(1).days_since(day), 0);
    }

    #[test]
    fn day_parses_only_from_a_valid_iso_date() {
        for bad in ["", "2026-11-31", "2026-1-01", "+026-01-01", "2026-11-23T00", "2026/11/23", "20261123"] {
            assert_eq!(Day::parse(bad), None, "{bad}");
        }
        for day in [FIRST_DAY, 0, 20_780, LAST_DAY] {
            assert_eq!(Day::parse(&Day(day).to_string()), Some(Day(day)));
        }
        assert_eq!(Day::of(Timestamp::from_millis(i64::MAX)), Day(LAST_DAY));
    }
}
