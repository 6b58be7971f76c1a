//! Timestamps and clocks. This is the only file that reads the real clock; all other code receives a [`Clock`].

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use time::{Date, Month, OffsetDateTime};

const FIRST_ISO_MS: i64 = -62_167_219_200_000;
const LAST_ISO_MS: i64 = 253_402_300_799_999;

/// A boxed future, as returned by the traits of this crate.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A point in time, in milliseconds since 1970-01-01 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

impl Timestamp {
    /// Creates a timestamp from milliseconds since 1970-01-01 UTC.
    #[must_use]
    pub const fn from_millis(ms: i64) -> Self {
        Self(ms)
    }

    /// Creates a timestamp from seconds since 1970-01-01 UTC; saturates.
    #[must_use]
    pub const fn from_secs(secs: i64) -> Self {
        Self(secs.saturating_mul(1000))
    }

    /// Returns the milliseconds since 1970-01-01 UTC.
    #[must_use]
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// Returns the whole seconds since 1970-01-01 UTC, rounded down.
    #[must_use]
    pub const fn as_secs(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// Returns the time in ISO 8601 format, in UTC with milliseconds, for example `2026-11-22T01:02:03.004Z`. For a
    /// year outside the range 0 to 9999, returns the nearest time that the format can express.
    #[must_use]
    pub fn to_iso8601(self) -> String {
        let ms = self.0.clamp(FIRST_ISO_MS, LAST_ISO_MS);
        let spell = |t: OffsetDateTime| {
            let (date, time) = (t.date(), t.time());
            format!(
                "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
                date.year(),
                u8::from(date.month()),
                date.day(),
                time.hour(),
                time.minute(),
                time.second(),
                time.millisecond()
            )
        };
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(ms) * 1_000_000).map(spell).unwrap_or_default()
    }

    /// Parses the format of [`Timestamp::to_iso8601`], with or without milliseconds. Returns `None` for any other format.
    #[must_use]
    pub fn from_iso8601(text: &str) -> Option<Self> {
        let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
        let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
        let [year, month, day] = whole(date, '-')?;
        let [hour, minute, second] = whole(time, ':')?;
        let (digits, fraction) = (fraction.len(), fraction.parse::<u32>().ok()?);
        let ms = fraction * 10_u32.pow(3_u32.checked_sub(u32::try_from(digits).ok()?)?);
        let date = Date::from_calendar_date(
            i32::try_from(year).ok()?,
            Month::try_from(u8::try_from(month).ok()?).ok()?,
            u8::try_from(day).ok()?,
        );
        let [hour, minute, second] = [hour, minute, second].map(u8::try_from);
        let at = date.ok()?.with_hms(hour.ok()?, minute.ok()?, second.ok()?).ok()?.assume_utc();
        Some(Self(at.unix_timestamp() * 1000 + i64::from(ms)))
    }

    /// Returns this timestamp plus `duration`; saturates.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)))
    }

    /// Returns this timestamp minus `duration`; saturates.
    #[must_use]
    pub fn minus(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)))
    }

    /// Returns the time since `earlier`; zero when `earlier` is not earlier.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

/// Parses three numbers separated by `mark`, as in a date or a time of day.
fn whole(text: &str, mark: char) -> Option<[u32; 3]> {
    let mut parts = text.split(mark).map(|part| part.parse::<u32>().ok());
    let found = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(found)
}

impl<'de> serde::Deserialize<'de> for Timestamp {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::from_iso8601(&text).ok_or_else(|| serde::de::Error::custom("not an ISO 8601 time in UTC"))
    }
}

impl serde::Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_iso8601())
    }
}

/// A source of time and timers. Implementations must be usable from any thread.
pub trait Clock: Send + Sync + Debug {
    /// Returns the wall-clock time, which can jump when the machine's clock is set.
    fn now(&self) -> Timestamp;

    /// Returns a time that never decreases, measured from an arbitrary starting point.
    fn monotonic(&self) -> Duration;

    /// Completes after `pause`.
    fn sleep(&self, pause: Duration) -> BoxFuture<'static, ()>;

    /// Completes after `limit`. Callers use it as a time limit for work that runs concurrently. The default
    /// implementation calls [`Clock::sleep`]. A test clock that skips pauses must not skip time limits; otherwise, all
    /// work would exceed its limit immediately.
    fn timeout(&self, limit: Duration) -> BoxFuture<'static, ()> {
        self.sleep(limit)
    }
}

/// The system clock.
#[derive(Debug, Clone)]
pub struct SystemClock {
    start: Instant,
}

impl SystemClock {
    /// Creates a clock whose monotonic time starts at zero now.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the only place that reads the real clock")]
    pub fn new() -> Self {
        Self { start: Instant::now() }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the only place that reads the real clock")]
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    fn monotonic(&self) -> Duration {
        self.start.elapsed()
    }

    #[expect(clippy::disallowed_methods, reason = "this is the only place that sleeps on the real clock")]
    fn sleep(&self, pause: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(pause))
    }
}

#[cfg(any(test, feature = "test-util"))]
pub use manual::ManualClock;

#[cfg(any(test, feature = "test-util"))]
mod manual {
    use super::{BoxFuture, Clock, Timestamp};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::time::Duration;
    use tokio::sync::Notify;

    /// A clock whose time changes only when the test advances it. Clones share the same time.
    #[derive(Debug, Clone)]
    pub struct ManualClock {
        start: Timestamp,
        elapsed_ms: Arc<AtomicU64>,
        moved: Arc<Notify>,
        auto: bool,
    }

    impl ManualClock {
        /// Creates a clock that is paused at `start`.
        #[must_use]
        pub fn new(start: Timestamp) -> Self {
            Self { start, elapsed_ms: Arc::default(), moved: Arc::default(), auto: false }
        }

        /// Creates a clock on which every [`Clock::sleep`] advances the time and completes immediately.
        #[must_use]
        pub fn auto_advancing(start: Timestamp) -> Self {
            Self { auto: true, ..Self::new(start) }
        }

        /// Advances the time and wakes the sleepers that are due.
        pub fn advance(&self, by: Duration) {
            let ms = u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
            self.elapsed_ms.fetch_add(ms, Ordering::SeqCst);
            self.moved.notify_waiters();
        }
    }

    impl Clock for ManualClock {
        fn now(&self) -> Timestamp {
            self.start.plus(self.monotonic())
        }

        fn monotonic(&self) -> Duration {
            Duration::from_millis(self.elapsed_ms.load(Ordering::SeqCst))
        }

        fn sleep(&self, pause: Duration) -> BoxFuture<'static, ()> {
            if !self.auto {
                return self.timeout(pause);
            }
            let clock = self.clone();
            Box::pin(async move { clock.advance(pause) })
        }

        fn timeout(&self, limit: Duration) -> BoxFuture<'static, ()> {
            let clock = self.clone();
            let due = clock.monotonic() + limit;
            Box::pin(async move {
                loop {
                    let moved = clock.moved.notified();
                    tokio::pin!(moved);
                    moved.as_mut().enable();
                    if clock.monotonic() >= due {
                        return;
                    }
                    moved.await;
                }
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn since_returns_zero_when_the_other_time_is_later() {
        let (a, b) = (Timestamp::from_millis(5), Timestamp::from_millis(9));
        assert_eq!(b.since(a), Duration::from_millis(4));
        assert_eq!(a.since(b), Duration::ZERO);
    }

    #[test]
    fn as_secs_rounds_down_before_the_epoch() {
        for (ms, secs) in [(0, 0), (999, 0), (1000, 1), (-1, -1), (-1000, -1), (-1001, -2)] {
            assert_eq!(Timestamp::from_millis(ms).as_secs(), secs, "{ms}");
        }
    }

    #[test]
    fn iso_format_covers_the_epoch_leap_days_and_limits() {
        assert_eq!(Timestamp::from_millis(0).to_iso8601(), "1970-01-01T00:00:00.000Z");
        assert_eq!(Timestamp::from_millis(1_709_210_096_007).to_iso8601(), "2024-02-29T12:34:56.007Z");
        assert_eq!(Timestamp::from_millis(i64::MAX).to_iso8601(), "9999-12-31T23:59:59.999Z");
        assert_eq!(Timestamp::from_millis(i64::MIN).to_iso8601(), "0000-01-01T00:00:00.000Z");
    }

    #[test]
    fn iso_times_round_trip_and_other_formats_are_rejected() {
        for ms in [0, 1, 1_709_210_096_007, -62_167_219_200_000, 253_402_300_799_999, 1_700_000_000_120] {
            let time = Timestamp::from_millis(ms);
            assert_eq!(Timestamp::from_iso8601(&time.to_iso8601()), Some(time));
        }
        assert_eq!(Timestamp::from_iso8601("1970-01-01T00:00:01Z"), Some(Timestamp::from_millis(1000)));
        for bad in [
            "",
            "Z",
            "T",
            "1970-01-01T00:00:00",
            "1970-13-01T00:00:00Z",
            "1970-01-01T24:00:00Z",
            "1970-01-01T00:00:00.0000Z",
            "1970-01-01-01T00:00:00Z",
            "1970-01-01T00:00:00.-1Z",
            "99999-01-01T00:00:00Z",
        ] {
            assert_eq!(Timestamp::from_iso8601(bad), None, "{bad}");
        }
    }

    #[test]
    fn timestamp_arithmetic_saturates_instead_of_wrapping() {
        assert_eq!(Timestamp::from_millis(i64::MAX).plus(Duration::MAX).as_millis(), i64::MAX);
        assert_eq!(Timestamp::from_secs(i64::MAX).as_millis(), i64::MAX);
    }

    #[test]
    fn monotonic_system_time_never_decreases() {
        let clock = SystemClock::default();
        let (now, monotonic) = (clock.now(), clock.monotonic());
        assert!(now > Timestamp::from_iso8601("2026-01-01T00:00:00Z").unwrap());
        assert!(clock.monotonic() >= monotonic);
    }

    #[tokio::test]
    async fn auto_advancing_clock_skips_pauses_but_not_time_limits() {
        let clock = ManualClock::auto_advancing(Timestamp::from_millis(0));
        let limit = tokio::spawn(clock.timeout(Duration::from_secs(2)));
        tokio::task::yield_now().await;
        assert!(!limit.is_finished() && clock.monotonic() == Duration::ZERO);
        clock.sleep(Duration::from_secs(2)).await;
        limit.await.unwrap();
    }

    #[tokio::test]
    async fn manual_clock_wakes_sleepers_when_time_advances() {
        let clock = ManualClock::new(Timestamp::from_millis(0));
        let sleeper = tokio::spawn(clock.sleep(Duration::from_secs(2)));
        tokio::task::yield_now().await;
        clock.advance(Duration::from_secs(1));
        tokio::task::yield_now().await;
        assert!(!sleeper.is_finished());
        clock.advance(Duration::from_secs(1));
        sleeper.await.unwrap();
    }
}
