//! Pauses between the attempts of a request, and a budget that limits retries.

use rand::RngExt;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

/// Maximum number of attempts of one request, including the first one.
pub(crate) const MAX_ATTEMPTS: u32 = 3;
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Returns the pause after attempt number `attempt`. It doubles from 200 ms up to 5 s. Half of it is random, so that
/// many clients do not retry at the same time.
pub(crate) fn backoff(attempt: u32) -> Duration {
    let full = FIRST_PAUSE.saturating_mul(1 << attempt.min(10)).min(LONGEST_PAUSE);
    full / 2 + full.mul_f64(rand::rng().random_range(0.0..0.5))
}

/// Allows on average at most one retry for every five requests, and up to ten retries in a burst, so that clients do
/// not add load while TikTok is unavailable.
#[derive(Debug)]
pub(crate) struct Budget(AtomicI64);

const FULL: i64 = 50;
const RETRY_COST: i64 = 5;

impl Budget {
    pub(crate) fn new() -> Self {
        Self(AtomicI64::new(FULL))
    }

    /// Adds one fifth of a retry after a request that received a response.
    pub(crate) fn deposit(&self) {
        let _ = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |have| Some((have + 1).min(FULL)));
    }

    /// Takes one retry. Returns false when none is left.
    pub(crate) fn withdraw(&self) -> bool {
        self.0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |have| {
                (have >= RETRY_COST).then_some(have - RETRY_COST)
            })
            .is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_budget_is_used_up_by_retries_and_then_refilled() {
        let budget = Budget::new();
        let spent = std::iter::repeat_with(|| budget.withdraw()).take_while(|got| *got).count();
        assert_eq!(spent, 10);
        for _ in 0..5 {
            assert!(!budget.withdraw());
            budget.deposit();
        }
        assert!(budget.withdraw());
    }

    #[test]
    fn retry_pauses_stay_within_their_bounds() {
        for attempt in 0..40 {
            let pause = backoff(attempt);
            assert!(pause >= FIRST_PAUSE / 2 && pause <= LONGEST_PAUSE, "{attempt}: {pause:?}");
        }
    }
}
