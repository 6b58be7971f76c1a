//! The pauses between status queries of a publish. They stay within TikTok's limit of 30 queries per minute
//! (docs/tiktok-api.md 8).

use std::time::Duration;

/// The pauses in seconds while TikTok processes the publish; the last one repeats.
const PROCESSING_SECONDS: [u64; 8] = [1, 2, 2, 3, 3, 5, 5, 10];

/// The pause while TikTok moderates the post, and after a failed status query.
pub(super) const WHILE_MODERATING: Duration = Duration::from_secs(5);

/// The maximum time to wait for status request quota while polling. Quota becomes available within a minute.
pub(super) const STATUS_QUOTA_WAIT: Duration = Duration::from_secs(60);

/// Returns the pause after status query `number`, counted from 0, while TikTok processes the publish.
pub(super) fn while_processing(number: usize) -> Duration {
    Duration::from_secs(PROCESSING_SECONDS[number.min(PROCESSING_SECONDS.len() - 1)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status_queries_of_a_publish_stay_within_the_minute_limit() {
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
