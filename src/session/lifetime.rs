//! When a token is due, from the lifetime that TikTok stated (docs/tiktok-api.md 2.2: schedule by it, never hard-code
//! it). Arithmetic alone.

use crate::clock::Timestamp;
use std::time::Duration;

/// How long before its end a token is renewed, at most: it must outlast one call and its retries, and 5 minutes are a
/// small part of TikTok's 2 hours.
pub(super) const LONGEST_MARGIN: Duration = Duration::from_secs(300);
/// The margin of a short-lived token is this part of its lifetime, or it would be renewed on every use.
const MARGIN_PART: u32 = 10;
/// A token just received is used for this long whatever lifetime was stated: a lifetime of zero or below, taken at its
/// word, would rotate the refresh token on every call. If the token has ended, TikTok says so, and it is replaced then.
const SHORTEST_LIFETIME: Duration = Duration::from_secs(60);

/// How long before its end a token of this lifetime is renewed.
pub(super) fn margin(lifetime: Duration) -> Duration {
    LONGEST_MARGIN.min(lifetime / MARGIN_PART)
}

/// The end of a token that was received at `now` and stated to end at `stated`.
pub(super) fn usable_until(stated: Timestamp, now: Timestamp) -> Timestamp {
    stated.max(now.plus(SHORTEST_LIFETIME))
}

/// When a token is renewed before anyone asks for it: between twice and one and a half times the margin before its end,
/// where `spread` (0 to 1) says. So accounts that connected together are not renewed together, and a caller within the
/// margin finds the new token.
pub(super) fn due_ahead(ends: Timestamp, margin: Duration, spread: f64) -> Timestamp {
    ends.minus(margin * 2).plus((margin / 2).mul_f64(spread.clamp(0.0, 1.0)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn two_hours_and_a_day_have_five_minutes_and_a_short_life_a_tenth() {
        let margin_of = |secs| margin(Duration::from_secs(secs)).as_secs();
        assert_eq!((margin_of(7200), margin_of(86_400), margin_of(600), margin_of(0)), (300, 300, 60, 0));
    }

    proptest! {
        #[test]
        fn no_stated_end_makes_a_token_due_at_once(stated: i64, now in 0_i64..i64::MAX / 2) {
            let (stated, now) = (Timestamp::from_millis(stated), Timestamp::from_millis(now));
            let ends = usable_until(stated, now);
            let margin = margin(ends.since(now));
            prop_assert!(now.plus(margin) < ends);
        }

        #[test]
        fn ahead_is_before_the_margin_and_never_twice_a_tenth_early(
            secs in 0_u64..400 * 86_400, spread in -1.0_f64..2.0,
        ) {
            let (now, life) = (Timestamp::from_secs(1_800_000_000), Duration::from_secs(secs));
            let (ends, margin) = (now.plus(life), margin(life));
            let due = due_ahead(ends, margin, spread);
            prop_assert!(due <= ends.minus(margin));
            prop_assert!(due >= ends.minus(margin * 2));
            prop_assert!(due >= now);
        }
    }
}
