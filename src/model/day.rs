//! A day in UTC.

use crate::clock::Timestamp;
use std::fmt::{self, Display};

const DAY_MS: i64 = 86_400_000;
/// The days that have an ISO spelling: 0000-01-01 to 9999-12-31.
const FIRST_DAY: i32 = -719_528;
const LAST_DAY: i32 = 2_932_896;

/// A day in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(i32);

impl Day {
    /// Returns the day that contains `time`. For times outside the years 0 to 9999, returns the nearest day that ISO
    /// 8601 can express.
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
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn day_starts_and_ends_at_midnight_utc() {
        let day = Day::parse("2026-11-23").unwrap();
        assert_eq!(Day::of(day.start()), day);
        assert_eq!(Day::of(Timestamp::from_millis(day.start().as_millis() - 1)), day.before(1));
        assert_eq!(Day::of(Timestamp::from_millis(-1)).to_string(), "1969-12-31");
        assert_eq!(day.days_since(Day::parse("2026-10-23").unwrap()), 31);
        assert_eq!(day.before(1).days_since(day), 0);
    }

    #[test]
    fn parse_accepts_only_existing_days_in_iso_format() {
        for bad in ["", "2026-11-31", "2026-1-01", "+026-01-01", "2026-11-23T00", "2026/11/23", "20261123"] {
            assert_eq!(Day::parse(bad), None, "{bad}");
        }
        for day in [FIRST_DAY, 0, 20_780, LAST_DAY] {
            assert_eq!(Day::parse(&Day(day).to_string()), Some(Day(day)));
        }
        assert_eq!(Day::of(Timestamp::from_millis(i64::MAX)), Day(LAST_DAY));
    }
}
