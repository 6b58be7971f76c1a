//! The limiter's time: milliseconds of the monotonic clock.

use std::time::Duration;

/// Returns the millisecond of a sending, rounded down. See [`answer_time`].
#[inline]
pub(super) fn start_time(monotonic: Duration) -> u64 {
    monotonic.as_secs().saturating_mul(1000).saturating_add(u64::from(monotonic.subsec_millis()))
}

/// Returns the millisecond of an answer, rounded up, so that a slot is never free before a full window has passed.
#[inline]
pub(super) fn answer_time(monotonic: Duration) -> u64 {
    let ms = u64::from(monotonic.subsec_nanos().div_ceil(1_000_000));
    monotonic.as_secs().saturating_mul(1000).saturating_add(ms)
}

/// Returns the reading of the monotonic clock at `time`.
pub(super) fn since_start(time: u64) -> Duration {
    Duration::from_millis(time)
}

/// Formats a duration for messages, rounded up: `850 ms`, `42 s`, `3 min 5 s`, `3 h 12 min`.
pub(super) fn format_duration(duration: Duration) -> String {
    let ms = duration.as_nanos().div_ceil(1_000_000);
    let secs = ms.div_ceil(1000);
    let mins = secs.div_ceil(60);
    match ms {
        0..1000 => format!("{ms} ms"),
        1000..=60_000 => format!("{secs} s"),
        60_001..=3_600_000 => format!("{} min {} s", secs / 60, secs % 60),
        _ => format!("{} h {} min", mins / 60, mins % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn send_times_round_down_and_response_times_round_up() {
        let at = Duration::from_micros(1_000_300);
        assert_eq!(answer_time(at) - start_time(at), 1);
        assert_eq!(since_start(start_time(at)), Duration::from_secs(1));
        assert_eq!(answer_time(Duration::from_millis(7)), start_time(Duration::from_millis(7)));
    }

    #[test]
    fn format_duration_uses_readable_units() {
        let text = |ms| format_duration(Duration::from_millis(ms));
        assert_eq!(text(850), "850 ms");
        assert_eq!(text(41_300), "42 s");
        assert_eq!(text(60_000), "60 s");
        assert_eq!(text(185_000), "3 min 5 s");
        assert_eq!(text(11_520_000), "3 h 12 min");
    }
}
