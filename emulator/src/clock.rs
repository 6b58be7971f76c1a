//! The virtual clock. No other file of this crate reads the real clock.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Virtual time stops at the end of the year 9999, so that adding a lifetime to a time never overflows.
const END_MS: i64 = 253_402_300_799_000;

/// Virtual time in Unix milliseconds. It follows the real clock unless it is frozen; `advance` moves it forward.
#[derive(Debug)]
pub(crate) struct Clock {
    state: Mutex<Reading>,
}

#[derive(Debug, Clone, Copy)]
struct Reading {
    base_ms: i64,
    /// Instant at which the clock showed `base_ms`; `None` while the clock is frozen.
    running_since: Option<Instant>,
}

impl Clock {
    pub(crate) fn new(start_ms: Option<i64>, frozen: bool) -> Self {
        Self { state: Mutex::new(Reading::starting_at(start_ms, frozen)) }
    }

    pub(crate) fn now_ms(&self) -> i64 {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).now_ms()
    }

    /// Moves the clock forward and returns the new time. Time never decreases.
    pub(crate) fn advance(&self, by: Duration) -> i64 {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let by = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        state.base_ms = state.base_ms.saturating_add(by).min(END_MS);
        state.now_ms()
    }

    pub(crate) fn freeze(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        *state = Reading { base_ms: state.now_ms(), running_since: None };
    }

    /// Returns true if the clock is not frozen.
    pub(crate) fn is_running(&self) -> bool {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).running_since.is_some()
    }

    /// Restarts the clock.
    pub(crate) fn reset(&self, start_ms: Option<i64>, frozen: bool) {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = Reading::starting_at(start_ms, frozen);
    }
}

impl Reading {
    #[expect(clippy::disallowed_methods, reason = "this module implements the clock")]
    fn starting_at(start_ms: Option<i64>, frozen: bool) -> Self {
        Self {
            base_ms: start_ms.unwrap_or_else(real_ms).clamp(0, END_MS),
            running_since: (!frozen).then(Instant::now),
        }
    }

    fn now_ms(self) -> i64 {
        let ran = self
            .running_since
            .map_or(0, |since| i64::try_from(since.elapsed().as_millis()).unwrap_or(i64::MAX));
        self.base_ms.saturating_add(ran).min(END_MS)
    }
}

#[expect(clippy::disallowed_methods, reason = "this module implements the clock")]
fn real_ms() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |d| i64::try_from(d.as_millis()).unwrap_or(i64::MAX))
}

/// Waits in real time, because a delay must trigger the client's timeouts, which use real time.
#[expect(clippy::disallowed_methods, reason = "delays on the network are real")]
pub(crate) async fn real_pause(by: Duration) {
    tokio::time::sleep(by).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frozen_clock_only_moves_when_advanced() {
        let clock = Clock::new(Some(1_000), true);
        assert_eq!(clock.now_ms(), 1_000);
        assert_eq!(clock.advance(Duration::from_secs(2)), 3_000);
        clock.reset(Some(1_000), true);
        assert_eq!(clock.now_ms(), 1_000);
    }

    #[test]
    fn running_clock_never_goes_back_and_can_be_frozen() {
        let clock = Clock::new(Some(1_000), false);
        assert!(clock.advance(Duration::from_millis(5)) >= 1_005);
        clock.freeze();
        assert_eq!(clock.now_ms(), clock.now_ms());
    }
}
