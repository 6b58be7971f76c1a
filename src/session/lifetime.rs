//! Computes when a token is due from the lifetime that TikTok returned (docs/tiktok-api.md 2.2: "schedule by it, never
//! hard-code it"). No I/O.

use crate::clock::Timestamp;
use std::time::Duration;

/// The maximum time before its expiry at which a token is refreshed. It must be longer than one call with its retries,
/// and 5 minutes are a small part of TikTok's 2 hours.
pub(super) const MAX_MARGIN: Duration = Duration::from_secs(300);
/// A token with a short lifetime is refreshed when one tenth of its lifetime remains; a fixed margin would refresh it
/// on every use.
const MARGIN_PART: u32 = 10;
/// The minimum time for which a new token is used, regardless of the lifetime that TikTok returned. Otherwise, a
/// lifetime of zero or less would rotate the refresh token on every call. If the token has really expired, it is
/// replaced when TikTok reports it as invalid.
const SHORTEST_LIFETIME: Duration = Duration::from_secs(60);

/// Returns the time before its expiry at which a token with this lifetime is refreshed.
pub(super) fn margin(lifetime: Duration) -> Duration {
    MAX_MARGIN.min(lifetime / MARGIN_PART)
}

/// Returns the time until which a token is used that was received at `now` and expires at `stated` according to TikTok.
pub(super) fn usable_until(stated: Timestamp, now: Timestamp) -> Timestamp {
    stated.max(now.plus(SHORTEST_LIFETIME))
}

/// Returns the time at which a token is refreshed in the background: two to one and a half margins before its expiry,
/// depending on `spread` (0 to 1). The spread prevents accounts that connected together from being refreshed together.
/// A caller finds the new token before it would have to refresh the old one itself.
pub(super) fn background_due(ends: Timestamp, margin: Duration, spread: f64) -> Timestamp {
    ends.minus(margin * 2).plus((margin / 2).mul_f64(spread.clamp(0.0, 1.0)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn refresh_margin_is_5_minutes_or_a_tenth_of_lifetime() {
        let margin_of = |secs| margin(Duration::from_secs(secs)).as_secs();
        assert_eq!((margin_of(7200), margin_of(86_400), margin_of(600), margin_of(0)), (300, 300, 60, 0));
    }

    proptest! {
        #[test]
        fn new_token_is_never_due_immediately(stated: i64, now in 0_i64..i64::MAX / 2) {
            let (stated, now) = (Timestamp::from_millis(stated), Timestamp::from_millis(now));
            let ends = usable_until(stated, now);
            let margin = margin(ends.since(now));
            prop_assert!(now.plus(margin) < ends);
        }

        #[test]
        fn background_refresh_is_due_one_to_two_margins_early(
            secs in 0_u64..400 * 86_400, spread in -1.0_f64..2.0,
        ) {
            let (now, life) = (Timestamp::from_secs(1_800_000_000), Duration::from_secs(secs));
            let (ends, margin) = (now.plus(life), margin(life));
            let due = background_due(ends, margin, spread);
            prop_assert!(due <= ends.minus(margin));
            prop_assert!(due >= ends.minus(margin * 2));
            prop_assert!(due >= now);
        }
    }
}
