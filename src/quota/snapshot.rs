//! Saves the windows for the next process, so that daily usage survives a restart.

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

/// The version of the format. Other versions are rejected.
const VERSION: u32 = 1;

/// The scope in the name of a window.
const APP: &str = "app";
const ACCOUNT: &str = "account";

/// The requests that still count, by wall-clock time. The keys are fingerprints of accounts and apps, without names.
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
    /// The completion times of the requests, in milliseconds since 1970 (UTC).
    answers: Vec<i64>,
    /// The time until which a 429 closed the window; absent when it is open.
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
    /// Returns the kind, length in milliseconds, key and completion times of each window.
    #[cfg(feature = "redis")]
    pub(super) fn windows(&self) -> impl Iterator<Item = (QuotaKind, u32, u128, Vec<Timestamp>)> {
        self.windows.iter().filter_map(|saved| {
            let key = u128::from_str_radix(&saved.key, 16).ok()?;
            let answers = saved.answers.iter().map(|&at| Timestamp::from_millis(at)).collect();
            Some((QuotaKind::parse(&saved.kind)?, saved.span_ms, key, answers))
        })
    }

    /// Serializes the snapshot as JSON.
    pub fn to_json(&self) -> Result<String> {
        serde_json::to_string(self)
            .map_err(|cause| Error::bug("cannot serialize the quota snapshot as JSON").with_source(cause))
    }

    /// Parses a snapshot from JSON.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] when the text is not a snapshot of this version.
    pub fn from_json(text: &str) -> Result<Self> {
        let unsupported = || {
            Error::new(
                ErrorKind::InvalidInput,
                "unsupported quota snapshot version; start without it (counting then starts at zero)",
            )
        };
        let snapshot: Self = serde_json::from_str(text).map_err(|_| unsupported())?;
        if snapshot.version == VERSION { Ok(snapshot) } else { Err(unsupported()) }
    }
}

impl Limiter {
    /// Returns the requests that count now. Requests in flight are saved as if they were answered now.
    #[must_use]
    pub fn snapshot(&self) -> QuotaSnapshot {
        let (now, today) = (start_time(self.clock.monotonic()), self.clock.now());
        let wall = |time: u64| today.as_millis().saturating_add_unsigned(time).saturating_sub_unsigned(now);
        let mut saved = Vec::new();
        for windows in &self.rule_windows {
            for state in &windows.states {
                let (answers, closed_until) = state.answers(windows.size, now);
                let closed_until = (closed_until > now).then(|| wall(closed_until));
                if answers.is_empty() && closed_until.is_none() {
                    continue;
                }
                saved.push(SavedWindow {
                    kind: windows.kind.as_str().to_owned(),
                    span_ms: windows.size.length_ms,
                    per_app: windows.rule.scope() == Scope::App,
                    key: format!("{:032x}", state.key()),
                    answers: answers.into_iter().map(wall).collect(),
                    closed_until,
                });
            }
        }
        QuotaSnapshot { version: VERSION, windows: saved }
    }

    /// Adds the requests of `snapshot` to the counts, as far as the policy has the same windows and they still count. Times in
    /// the future count from now, because the wall clock must have been set back.
    pub fn restore(&self, snapshot: &QuotaSnapshot) {
        let (now, today) = (start_time(self.clock.monotonic()), self.clock.now());
        for saved in &snapshot.windows {
            let same = |windows: &&super::rule_windows::RuleWindows| {
                QuotaKind::parse(&saved.kind) == Some(windows.kind)
                    && saved.span_ms == windows.size.length_ms
                    && saved.per_app == (windows.rule.scope() == Scope::App)
            };
            let (Some(windows), Ok(key)) =
                (self.rule_windows.iter().find(same), u128::from_str_radix(&saved.key, 16))
            else {
                continue;
            };
            let length = u64::from(windows.size.length_ms);
            let age = |wall: i64| {
                u64::try_from(today.since(Timestamp::from_millis(wall)).as_millis()).unwrap_or(u64::MAX)
            };
            let mut ages: Vec<u64> =
                saved.answers.iter().map(|&wall| age(wall)).filter(|&age| age < length).collect();
            // Oldest first, as the window stores them.
            ages.sort_unstable_by(|a, b| b.cmp(a));
            let closed_for = saved.closed_until.map(|until| {
                let left = Timestamp::from_millis(until).since(today).as_millis();
                u64::try_from(left).unwrap_or(u64::MAX).min(length)
            });
            if ages.is_empty() && closed_for.is_none_or(|left| left == 0) {
                continue;
            }
            let mut state = windows.states.entry(key).or_insert_with(|| self.new_state());
            let queued = state.queued_or_new(windows.size, self.epoch.load(Ordering::Relaxed));
            for age in ages {
                queued.window.record(now.saturating_sub(age));
            }
            queued.window.close_until(now + closed_for.unwrap_or(0));
            state.compact(now);
        }
    }
}

impl Limiter {
    /// Returns the names of the daily windows that a request of `kinds` counts in.
    pub(super) fn daily_windows(
        &self,
        kinds: &[QuotaKind],
        subject: &QuotaSubject,
    ) -> impl Iterator<Item = String> {
        let daily = self.each(self.rules_of(kinds)).filter(|windows| windows.rule.span() == Span::Day);
        daily.map(|windows| {
            let scope = if windows.rule.scope() == Scope::App { APP } else { ACCOUNT };
            let (kind, span) = (windows.kind.as_str(), windows.size.length_ms);
            format!("{kind}/{scope}/{span}/{:032x}", windows.key(subject))
        })
    }

    /// Counts requests in the windows named by [`Limiter::daily_windows`]. Skips unknown names.
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
    use crate::quota::{QuotaPolicy, QuotaSubject, QuotaWindow};
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

    fn day(limiter: &Limiter) -> QuotaWindow {
        limiter.status(&ana()).into_iter().find(|status| status.kind == QuotaKind::VideoUpload).unwrap()
    }

    #[test]
    fn snapshot_restores_the_day_after_a_restart() {
        let (before, clock) = limiter(Timestamp::from_millis(START_MS));
        for _ in 0..3 {
            before.try_acquire(&POST, &ana()).unwrap().complete();
            clock.advance(HOUR);
        }
        let in_flight = before.try_acquire(&POST, &ana()).unwrap();
        let text = before.snapshot().to_json().unwrap();
        assert!(!text.contains("ana") && !text.contains("studio"), "it contains a name: {text}");
        in_flight.complete();
        clock.advance(HOUR);
        let (after, _) = limiter(clock.now());
        after.restore(&QuotaSnapshot::from_json(&text).unwrap());
        assert_eq!(after.status(&ana()), before.status(&ana()));
        assert_eq!((day(&after).count, day(&after).resets_in), (4, 20 * HOUR));
    }

    #[test]
    fn restore_skips_old_requests_and_clamps_future_ones() {
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
    fn snapshot_keeps_a_window_closed_by_a_429() {
        let (before, clock) = limiter(Timestamp::from_millis(START_MS));
        before.try_acquire(&POST, &ana()).unwrap().throttled();
        clock.advance(Duration::from_secs(20));
        let (after, _) = limiter(clock.now());
        after.restore(&before.snapshot());
        let wait = after.try_acquire(&POST, &ana()).unwrap_err().retry_after();
        assert_eq!(wait, Some(Duration::from_secs(40)));
    }

    #[test]
    fn restore_skips_windows_missing_from_the_policy() {
        let (before, clock) = limiter(Timestamp::from_millis(START_MS));
        before.try_acquire(&POST, &ana()).unwrap().complete();
        let saved = before.snapshot();
        let unlimited = Limiter::new(QuotaPolicy::unlimited(), Arc::new(clock));
        unlimited.restore(&saved);
        assert_eq!((saved.windows.len(), unlimited.snapshot().windows.len()), (2, 0));
    }

    #[test]
    fn from_json_rejects_invalid_and_unsupported_snapshots() {
        for text in ["", "{}", r#"{"version":2,"windows":[]}"#] {
            assert_eq!(QuotaSnapshot::from_json(text).unwrap_err().kind(), ErrorKind::InvalidInput);
        }
    }
}
