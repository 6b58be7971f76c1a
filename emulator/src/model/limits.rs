//! Rate limits with sliding one-minute windows (docs/tiktok-api.md 4.5, 5.1, 8).

use std::collections::{HashMap, VecDeque};

const WINDOW_MS: i64 = 60_000;

/// Counts accepted requests. Rejected requests do not count (inferred).
#[derive(Debug, Default)]
pub(crate) struct Limits {
    windows: HashMap<(&'static str, String), VecDeque<i64>>,
}

impl Limits {
    /// Counts a request to `endpoint` for `key`. Returns false if `per_minute` requests were already accepted in the
    /// last minute.
    pub(crate) fn try_count(
        &mut self,
        endpoint: &'static str,
        key: &str,
        per_minute: usize,
        now_ms: i64,
    ) -> bool {
        let window = self.windows.entry((endpoint, key.to_owned())).or_default();
        while window.front().is_some_and(|at| now_ms - at >= WINDOW_MS) {
            window.pop_front();
        }
        if window.len() >= per_minute {
            return false;
        }
        window.push_back(now_ms);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn window_slides_with_each_request() {
        let mut limits = Limits::default();
        assert!(limits.try_count("init", "a", 2, 0));
        assert!(limits.try_count("init", "a", 2, 59_000));
        assert!(!limits.try_count("init", "a", 2, 59_999));
        assert!(limits.try_count("init", "a", 2, 60_000));
        assert!(!limits.try_count("init", "a", 2, 60_001));
        assert!(limits.try_count("init", "b", 2, 60_001));
        assert!(limits.try_count("status", "a", 2, 60_001));
    }
}
