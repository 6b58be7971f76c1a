//! Hands out permits: all windows of a request at once, or none.

use super::keys::{QuotaSubject, window_key};
use super::permit::{Permit, Shared, Slot};
use super::policy::{QuotaKind, QuotaPolicy, Rule, Span};
use super::registry::Registry;
use crate::clock::{Clock, Timestamp};
use crate::error::{Error, ErrorKind, Result, Retry};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// How many windows are kept at most; at about 300 bytes each this is 60 MB. Idle ones leave long before.
const MAX_WINDOWS: usize = 200_000;

/// One line of [`Limiter::status`]: how full one window is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuotaStatus {
    /// What is counted.
    pub kind: QuotaKind,
    /// The length of the window in milliseconds.
    pub window_ms: u64,
    /// How many requests fit in it.
    pub limit: u32,
    /// How many slots are occupied, requests in flight included.
    pub count: u32,
    /// How many requests could be sent now.
    pub remaining: u32,
    /// When the oldest occupied slot becomes free, or a window that TikTok closed opens; now if all is free.
    pub reset_at: Timestamp,
    /// How long it is until then.
    pub resets_in: Duration,
}

/// Keeps the request rates of all accounts of this process. Share it with its `Arc`.
///
/// It measures with [`Clock::monotonic`], so that setting the machine's clock changes nothing.
pub struct Limiter {
    policy: QuotaPolicy,
    clock: Arc<dyn Clock>,
    windows: Registry,
}

/// A window that a request needs, with what a refusal has to say about it.
struct Need {
    key: String,
    kind: QuotaKind,
    rule: Rule,
}

/// The window that holds a request back longest, and until when (milliseconds of the monotonic clock).
#[derive(Clone, Copy)]
struct Blocked {
    kind: QuotaKind,
    rule: Rule,
    earliest_ms: u64,
}

impl Limiter {
    /// A limiter under `policy`.
    #[must_use]
    pub fn new(policy: QuotaPolicy, clock: Arc<dyn Clock>) -> Arc<Self> {
        Arc::new(Self { policy, clock, windows: Registry::new(MAX_WINDOWS) })
    }

    /// The policy it keeps.
    #[must_use]
    pub fn policy(&self) -> &QuotaPolicy {
        &self.policy
    }

    /// Takes a slot in every window of `kinds`, or in none.
    ///
    /// Refuses with [`ErrorKind::RateLimited`] (a minute window) or [`ErrorKind::QuotaExhausted`] (a daily one) and
    /// [`Retry::After`] the exact time at which the same call succeeds if nobody else calls before. While all slots
    /// belong to requests in flight that time is a lower bound.
    pub fn try_acquire(&self, kinds: &[QuotaKind], subject: &QuotaSubject) -> Result<Permit> {
        let needs = self.needs(kinds, subject);
        let windows = self.windows_of(&needs)?;
        self.take(&needs, &windows).map_err(|blocked| self.refusal(blocked))
    }

    /// Like [`Limiter::try_acquire`], but waits up to `max_wait` for the slots. Refuses at once when they cannot be
    /// free by then.
    pub async fn acquire(
        &self,
        kinds: &[QuotaKind],
        subject: &QuotaSubject,
        max_wait: Duration,
    ) -> Result<Permit> {
        let needs = self.needs(kinds, subject);
        let deadline = self.clock.monotonic().saturating_add(max_wait);
        loop {
            // Looked up again after each wait: holding the windows would keep them from leaving when idle.
            let windows = self.windows_of(&needs)?;
            let blocked = match self.take(&needs, &windows) {
                Ok(permit) => return Ok(permit),
                Err(blocked) => blocked,
            };
            drop(windows);
            let due = Duration::from_millis(blocked.earliest_ms);
            if due > deadline {
                return Err(self.refusal(blocked));
            }
            // At least a millisecond, so that a clock that rounds its waits down cannot make this a busy loop.
            let pause = due.saturating_sub(self.clock.monotonic()).max(Duration::from_millis(1));
            self.clock.sleep(pause).await;
        }
    }

    /// How full each window of `subject` is, those of its app included.
    #[must_use]
    pub fn status(&self, subject: &QuotaSubject) -> Vec<QuotaStatus> {
        let (now, today) = (self.clock.monotonic(), self.clock.now());
        let now_ms = start_time(now);
        let rules = QuotaKind::ALL
            .into_iter()
            .flat_map(|kind| self.policy.rules(kind).iter().map(move |&rule| (kind, rule)));
        rules
            .map(|(kind, rule)| {
                let window = self.windows.get(&window_key(kind, rule, subject));
                let (count, remaining, reset_ms) = match window.as_deref().map(Shared::lock) {
                    Some(w) => (w.count(now_ms), w.remaining(now_ms), w.reset_at(now_ms)),
                    None => (0, rule.limit(), now_ms),
                };
                let resets_in = Duration::from_millis(reset_ms).saturating_sub(now);
                QuotaStatus {
                    kind,
                    window_ms: u64::from(rule.span().as_millis()),
                    limit: rule.limit(),
                    count,
                    remaining,
                    reset_at: today.plus(resets_in),
                    resets_in,
                }
            })
            .collect()
    }

    /// Empties every window of `subject`, those that its app shares included. TikTok keeps counting: use it only
    /// when its limits were raised, or in tests.
    pub fn reset(&self, subject: &QuotaSubject) {
        for kind in QuotaKind::ALL {
            for &rule in self.policy.rules(kind) {
                if let Some(window) = self.windows.get(&window_key(kind, rule, subject)) {
                    window.lock().clear();
                }
            }
        }
    }

    /// The windows of a request in the one order in which all requests lock them, each once.
    fn needs(&self, kinds: &[QuotaKind], subject: &QuotaSubject) -> Vec<Need> {
        let mut needs = Vec::with_capacity(kinds.len() * 2);
        for &kind in kinds {
            for &rule in self.policy.rules(kind) {
                needs.push(Need { key: window_key(kind, rule, subject), kind, rule });
            }
        }
        needs.sort_unstable_by(|a, b| a.key.cmp(&b.key));
        needs.dedup_by(|a, b| a.key == b.key);
        needs
    }

    fn take(&self, needs: &[Need], windows: &[Arc<Shared>]) -> std::result::Result<Permit, Blocked> {
        let mut locked: Vec<_> = windows.iter().map(|window| window.lock()).collect();
        let now = start_time(self.clock.monotonic());
        let mut blocked: Option<Blocked> = None;
        for (need, window) in needs.iter().zip(&locked) {
            let earliest_ms = window.earliest(now);
            if earliest_ms > now && blocked.is_none_or(|worst| earliest_ms > worst.earliest_ms) {
                blocked = Some(Blocked { kind: need.kind, rule: need.rule, earliest_ms });
            }
        }
        if let Some(blocked) = blocked {
            return Err(blocked);
        }
        let slots = needs
            .iter()
            .zip(&mut locked)
            .zip(windows)
            .map(|((need, guard), window)| Slot {
                window: Arc::clone(window),
                ticket: guard.take(now),
                span: need.rule.span(),
            })
            .collect();
        drop(locked);
        Ok(Permit::new(slots, Arc::clone(&self.clock)))
    }

    fn windows_of(&self, needs: &[Need]) -> Result<Vec<Arc<Shared>>> {
        let now = start_time(self.clock.monotonic());
        needs.iter().map(|need| self.windows.get_or_make(&need.key, need.rule, now)).collect()
    }

    fn refusal(&self, blocked: Blocked) -> Error {
        let Blocked { kind, rule, earliest_ms } = blocked;
        let wait = Duration::from_millis(earliest_ms).saturating_sub(self.clock.monotonic());
        let error_kind = match rule.span() {
            Span::Minute => ErrorKind::RateLimited,
            Span::Day => ErrorKind::QuotaExhausted,
        };
        let message = format!(
            "The limit of {} {} ({}) in {} is reached; the next is possible in {}, at {}: try again then.",
            rule.limit(),
            kind.plural(),
            kind.as_str(),
            rule.span().words(),
            spoken(wait),
            self.clock.now().plus(wait).to_iso8601(),
        );
        Error::new(error_kind, message).with_retry(Retry::After(wait))
    }
}

impl fmt::Debug for Limiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Limiter")
            .field("policy", &self.policy)
            .field("windows", &self.windows.len())
            .finish_non_exhaustive()
    }
}

/// The millisecond of a sending, rounded down: see the rounding of answers.
fn start_time(monotonic: Duration) -> u64 {
    u64::try_from(monotonic.as_millis()).unwrap_or(u64::MAX)
}

/// A pause for people, rounded up: `850 ms`, `42 s`, `3 min 5 s`, `3 h 12 min`.
fn spoken(pause: Duration) -> String {
    let ms = pause.as_nanos().div_ceil(1_000_000);
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
#[path = "limiter_tests.rs"]
mod tests;
