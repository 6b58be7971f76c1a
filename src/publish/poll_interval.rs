//! The pauses between the status queries of a publish. They stay within TikTok's 30 queries a minute (docs/tiktok-api.md 8).

use std::time::Duration;

/// The pauses while TikTok processes, in seconds; the last one repeats.
const PROCESSING_SECONDS: [u64; 8] = [1, 2, 2, 3, 3, 5, 5, 10];

/// The pause while TikTok moderates, and after a status query that failed.
pub(super) const WHILE_MODERATING: Duration = Duration::from_secs(5);

/// The longest wait for the quota of status requests while polling. Quota becomes available within a minute.
pub(super) const STATUS_QUOTA_WAIT: Duration = Duration::from_secs(60);

/// Returns the pause after the status query `number`, counted from 0, that found the publish in processing.
pub(super) fn while_processing(number: usize) -> Duration {
    Duration::from_secs(PROCESSING_SECONDS[number.min(PROCESSING_SECONDS.len() - 1)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_of_one_publish_stay_within_the_limit_per_minute() {
        let minute = Duration::from_secs(60);
        for first in 0..PROCESSING_SECONDS.len() {
            let (mut elapsed, mut queries) = (Duration::ZERO, 0);
            while elapsed < minute {
                elapsed += while_processing(first + queries);
                queries += 1;
            }
            assert!(queries <= 30, "{queries} queries in the minute after query {first}");
        }
        assert!(minute.as_secs() / WHILE_MODERATING.as_secs() <= 30);
    }
}
