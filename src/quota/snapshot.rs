//! What the windows hold, for the next process: a restart does not forget the day.

use super::keys::QuotaSubject;
use super::limiter::Limiter;
use super::policy::{QuotaKind, Scope, Span};
use super::time::start_time;
use crate::clock::Timestamp;
use crate::error::{Error, ErrorKind, Result};
use crate::store::CountedRequest;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::atomic::Ordering;

/// The number of this format; another is not read.
const VERSION: u32 = 1;

/// How the name of a window says whose it is.
const APP: &str = "app";
const ACCOUNT: &str = "account";

/// The requests that still count, by wall-clock time. It names no account and no app: keys are fingerprints.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuotaSnapshot {
    version: u32,
    windows: Vec<SavedWindow>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct SavedWindow {
    kind: String,
    span_ms: u32,
    per_app: bool,
    /// 32 hex digits.
    key: String,
    /// When the requests were answered, in milliseconds since 1970 (UTC).
    answers: Vec<i64>,
    /// Until when TikTok's 429 closed it; absent when it is open.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    closed_until: Option<i64>,
}

impl SavedWindow {
    fn named(name: &str) -> Option<Self> {
        let mut parts = name.split('/');
        let (kind, scope, span, key) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        Some(Self {
            kind: kind.to_owned(),
            span_ms: span.parse().ok()?,
            per_app: scope == APP,
            key: key.to_owned(),
            answers: Vec::new(),
            closed_until: None,
        })
    }
}

impl QuotaSnapshot {
    /// Each window: its kind, its length in milliseconds, its key, and when its requests were answered.
    #[cfg(feature = "redis")]
    pub(super) fn windows(&self) -> impl Iterator<Item = (QuotaKind, u32, u128, Vec<Timestamp>)> {
        self.windows.iter().filter_map(|saved| {
            let key = u128::from_str_radix(&saved.key, 16).ok()?;
            let answers = saved.answers.iter().map(|&at| Timestamp::from_millis(at)).collect();
            Some((QuotaKind::parse(&saved.kind)?, saved.span_ms, key, answers))
        })
    }

    /// As JSON text.
    pub fn to_json(&self) -> Result<String> {
        serde_json::to_string(self)
            .map_err(|cause| Error::bug("the quota snapshot could not be written as JSON").with_source(cause))
    }

    /// Reads JSON text. [`ErrorKind::InvalidInput`] when it is none of ours.
    pub fn from_json(text: &str) -> Result<Self> {
        let refused = || {
            Error::new(
                ErrorKind::InvalidInput,
                "This is no quota snapshot of this version: start without it; the windows fill again within a day.",
            )
        };
        let snapshot: Self = serde_json::from_str(text).map_err(|_| refused())?;
        if snapshot.version == VERSION { Ok(snapshot) } else { Err(refused()) }
    }
}

impl Limiter {
    /// What the windows hold now. Requests in flight are written down as if they were answered now.
    #[must_use]
    pub fn snapshot(&self) -> QuotaSnapshot {
        let (now, today) = (start_time(self.clock.monotonic()), self.clock.now());
        let wall = |time: u64| today.as_millis().saturating_add_unsigned(time).saturating_sub_unsigned(now);
        let mut windows = Vec::new();
        for lane in &self.lanes {
            for cell in &lane.cells {
                let (answers, closed_until) = cell.record(lane.measures, now);
                let closed_until = (closed_until > now).then(|| wall(closed_until));
                if answers.is_empty() && closed_until.is_none() {
                    continue;
                }
                windows.push(SavedWindow {
                    kind: lane.kind.as_str().to_owned(),
                    span_ms: lane.measures.length_ms,
                    per_app: lane.rule.scope() == Scope::App,
                    key: format!("{:032x}", cell.key()),
                    answers: answers.into_iter().map(wall).collect(),
                    closed_until,
                });
            }
        }
        QuotaSnapshot { version: VERSION, windows }
    }

    /// Counts what `snapshot` holds in addition to what is counted already, as far as the policy has the same windows
    /// and it is still of importance. Times after now are taken as now: the wall clock was set back in between.
    pub fn restore(&self, snapshot: &QuotaSnapshot) {
        let (now, today) = (start_time(self.clock.monotonic()), self.clock.now());
        for saved in &snapshot.windows {
            let same = |lane: &&super::lane::Lane| {
                QuotaKind::parse(&saved.kind) == Some(lane.kind)
                    && saved.span_ms == lane.measures.length_ms
                    && saved.per_app == (lane.rule.scope() == Scope::App)
            };
            let (Some(lane), Ok(key)) = (self.lanes.iter().find(same), u128::from_str_radix(&saved.key, 16))
            else {
                continue;
            };
            let length = u64::from(lane.measures.length_ms);
            let age = |wall: i64| {
                u64::try_from(today.since(Timestamp::from_millis(wall)).as_millis()).unwrap_or(u64::MAX)
            };
            let mut ages: Vec<u64> =
                saved.answers.iter().map(|&wall| age(wall)).filter(|&age| age < length).collect();
            // Oldest first, as they are kept.
            ages.sort_unstable_by(|a, b| b.cmp(a));
            let closed_for = saved.closed_until.map(|until| {
                let left = Timestamp::from_millis(until).since(today).as_millis();
                u64::try_from(left).unwrap_or(u64::MAX).min(length)
            });
            if ages.is_empty() && closed_for.is_none_or(|left| left == 0) {
                continue;
            }
            let mut cell = lane.cells.entry(key).or_insert_with(|| self.counted_cell());
            let busy = cell.busy(lane.measures, self.epoch.load(Ordering::Relaxed));
            for age in ages {
                busy.window.remember(now.saturating_sub(age));
            }
            busy.window.close_until(now + closed_for.unwrap_or(0));
            cell.settle(now);
        }
    }
}

impl Limiter {
    /// The names of the daily windows that a request of `kinds` counts in.
    pub(super) fn daily_windows(
        &self,
        kinds: &[QuotaKind],
        subject: &QuotaSubject,
    ) -> impl Iterator<Item = String> {
        let daily = self.each(self.lanes_of(kinds)).filter(|lane| lane.rule.span() == Span::Day);
        daily.map(|lane| {
            let scope = if lane.rule.scope() == Scope::App { APP } else { ACCOUNT };
            let (kind, span) = (lane.kind.as_str(), lane.measures.length_ms);
            format!("{kind}/{scope}/{span}/{:032x}", lane.key(subject))
        })
    }

    /// Counts what [`Limiter::daily_windows`] has named; a name of another make is passed over.
    pub(super) fn restore_requests(&self, requests: &[CountedRequest]) {
        let mut windows: HashMap<&str, Option<SavedWindow>> = HashMap::new();
        for CountedRequest { window, at } in requests {
            let saved = windows.entry(window).or_insert_with(|| SavedWindow::named(window));
            if let Some(saved) = saved {
                saved.answers.push(at.as_millis());
            }
        }
        let windows = windows.into_values().flatten().collect();
        self.restore(&QuotaSnapshot { version: VERSION, windows });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{Clock, ManualClock};
    use crate::quota::{QuotaPolicy, QuotaStatus, QuotaSubject};
    use std::sync::Arc;
    use std::time::Duration;

    const START_MS: i64 = 1_790_000_000_000;
    const HOUR: Duration = Duration::from_secs(3600);
    const POST: [QuotaKind; 2] = [QuotaKind::PublishInit, QuotaKind::VideoUpload];

    fn limiter(at: Timestamp) -> (Arc<Limiter>, ManualClock) {
        let clock = ManualClock::new(at);
        (Limiter::new(QuotaPolicy::planned(), Arc::new(clock.clone())), clock)
    }

    fn ana() -> QuotaSubject {
        QuotaSubject::new("app", "studio", "ana")
    }

    fn day(limiter: &Limiter) -> QuotaStatus {
        limiter.status(&ana()).into_iter().find(|status| status.kind == QuotaKind::VideoUpload).unwrap()
    }

    #[test]
    fn a_restart_does_not_forget_the_day() {
        let (before, clock) = limiter(Timestamp::from_millis(START_MS));
        for _ in 0..3 {
            before.try_acquire(&POST, &ana()).unwrap().complete();
            clock.advance(HOUR);
        }
        let in_flight = before.try_acquire(&POST, &ana()).unwrap();
        let text = before.snapshot().to_json().unwrap();
        assert!(!text.contains("ana") && !text.contains("studio"), "it names nobody: {text}");
        in_flight.complete();
        clock.advance(HOUR);
        let (after, _) = limiter(clock.now());
        after.restore(&QuotaSnapshot::from_json(&text).unwrap());
        assert_eq!(after.status(&ana()), before.status(&ana()));
        assert_eq!((day(&after).count, day(&after).resets_in), (4, 20 * HOUR));
    }

    #[test]
    fn what_is_too_old_is_left_out_and_what_lies_ahead_counts_from_now() {
        let (before, _) = limiter(Timestamp::from_millis(START_MS));
        before.try_acquire(&POST, &ana()).unwrap().complete();
        let snapshot = before.snapshot();
        let (next_day, _) = limiter(Timestamp::from_millis(START_MS).plus(24 * HOUR));
        next_day.restore(&snapshot);
        assert_eq!(day(&next_day).count, 0);
        let (set_back, _) = limiter(Timestamp::from_millis(START_MS).minus(24 * HOUR));
        set_back.restore(&snapshot);
        assert_eq!((day(&set_back).count, day(&set_back).resets_in), (1, 24 * HOUR));
    }

    #[test]
    fn a_window_that_tiktok_closed_stays_closed_over_a_restart() {
        let (before, clock) = limiter(Timestamp::from_millis(START_MS));
        before.try_acquire(&POST, &ana()).unwrap().throttled();
        clock.advance(Duration::from_secs(20));
        let (after, _) = limiter(clock.now());
        after.restore(&before.snapshot());
        let wait = after.try_acquire(&POST, &ana()).unwrap_err().retry_after();
        assert_eq!(wait, Some(Duration::from_secs(40)));
    }

    #[test]
    fn windows_that_the_policy_does_not_have_are_left_out() {
        let (before, clock) = limiter(Timestamp::from_millis(START_MS));
        before.try_acquire(&POST, &ana()).unwrap().complete();
        let kept = before.snapshot();
        let unlimited = Limiter::new(QuotaPolicy::unlimited(), Arc::new(clock));
        unlimited.restore(&kept);
        assert_eq!((kept.windows.len(), unlimited.snapshot().windows.len()), (2, 0));
    }

    #[test]
    fn a_text_that_is_no_snapshot_is_refused() {
        for text in ["", "{}", r#"{"version":2,"windows":[]}"#] {
            assert_eq!(QuotaSnapshot::from_json(text).unwrap_err().kind(), ErrorKind::InvalidInput);
        }
    }
}
