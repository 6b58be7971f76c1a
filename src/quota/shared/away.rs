//! What happens without Redis, and how this process comes back to it.
//!
//! What any process sent while Redis still counted has left every minute window after [`AFTERMATH`]. Only then does a
//! process use its share, so shares and what was counted before never meet in one minute window. Back again, a
//! process reports what it sent, and for another [`AFTERMATH`] asks both its share and Redis, since others may not have
//! reported yet.

use super::pass::SharedPass;
use super::script::{LONGEST_FLIGHT, Taken};
use super::{Held, SharedLimiter, refusals};
use crate::clock::Timestamp;
use crate::error::Result;
use crate::quota::keys::QuotaSubject;
use crate::quota::policy::{QuotaKind, QuotaPolicy, Rule, Span};
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::runtime::Handle;

/// How long a request that was let through can still count in a minute window.
pub(super) const AFTERMATH: Duration = Duration::from_secs(LONGEST_FLIGHT.as_secs() + 60);
/// The pause between two looks whether Redis is back.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// After so long without a word from Redis nothing of before counts, and its mark may have left.
const FORGOTTEN: Duration = Duration::from_secs(25 * 3600);
/// How many windows are reported at a time, so that no script runs long.
const WINDOWS_AT_ONCE: usize = 100;

/// What a client does while the Redis that counts its requests is away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RedisAway {
    /// Refuses every request with [`ErrorKind::Unavailable`](crate::ErrorKind::Unavailable). The default.
    #[default]
    Refuse,
    /// Goes on with an equal share of every limit, in the memory of this process, once what was counted before has left
    /// the minute windows (105 seconds).
    Share {
        /// How many processes use this Redis for the same app, at most.
        processes: NonZeroU32,
    },
}

impl RedisAway {
    /// The limits of one process. Where a share is less than one request the window stays, for its count.
    pub(super) fn share_of(self, policy: &QuotaPolicy) -> Result<QuotaPolicy> {
        let Self::Share { processes } = self else { return Ok(policy.clone()) };
        let mut shares = QuotaPolicy::unlimited();
        for kind in QuotaKind::ALL {
            for rule in policy.rules(kind) {
                let limit = (rule.limit() / processes).max(1);
                shares = shares.with_rule(kind, Rule::new(rule.span(), rule.scope(), limit)?);
            }
        }
        Ok(shares)
    }
}

/// Whether Redis is there.
#[derive(Debug)]
pub(super) enum Standing {
    Here {
        /// The mark of the server that was counted on; empty before the first word.
        known: String,
        /// The mark for a server that has none.
        proposed: String,
        /// Whether the share must be kept as well.
        both: bool,
    },
    Away {
        since: Duration,
    },
}

#[derive(Debug, Default)]
pub(super) struct Contact(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    mark: Option<String>,
    heard: Duration,
    away_since: Option<Duration>,
    used_share: bool,
    both_until: Duration,
    /// What was sent within the share and Redis does not know yet.
    unreported: Vec<Unreported>,
}

#[derive(Debug, Clone)]
struct Unreported {
    kinds: Vec<QuotaKind>,
    subject: QuotaSubject,
    at: Duration,
}

impl Contact {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn standing(&self, now: Duration) -> Standing {
        let state = self.state();
        if let Some(since) = state.away_since {
            return Standing::Away { since };
        }
        let recent = now.saturating_sub(state.heard) < FORGOTTEN;
        let known = state.mark.clone().filter(|_| recent).unwrap_or_default();
        let proposed =
            if known.is_empty() { format!("{:016x}", rand::random::<u64>()) } else { String::new() };
        Standing::Here { known, proposed, both: now < state.both_until }
    }

    pub(super) fn heard(&self, mark: &str, now: Duration) {
        let mut state = self.state();
        state.heard = now;
        if state.mark.is_none() {
            state.mark = Some(mark.to_owned());
        }
    }
}

impl SharedLimiter {
    /// Nothing is sent while Redis is away.
    fn refused(&self) -> Held {
        Held { error: refusals::away(self.link.certificate_fault()), wait: None }
    }

    /// Redis failed, or is another than the one with the mark `known`: looks for it from now on. Says since when, or `None`
    /// when that is an old story, because this process has come back to another server since it asked.
    pub(super) fn lose_touch(self: &Arc<Self>, known: &str, failed: bool) -> Option<Duration> {
        let now = self.clock.monotonic();
        {
            let mut state = self.contact.state();
            if let Some(since) = state.away_since {
                return Some(since);
            }
            if !failed && state.mark.as_deref().is_some_and(|mark| mark != known) {
                return None;
            }
            state.away_since = Some(now);
        }
        (self.listener)(true);
        let (limiter, clock) = (Arc::downgrade(self), Arc::clone(&self.clock));
        tokio::spawn(async move {
            loop {
                clock.sleep(LOOK_EVERY).await;
                let Some(limiter) = limiter.upgrade() else { return };
                if limiter.come_back().await {
                    return;
                }
            }
        });
        Some(now)
    }

    /// A slot of this process's share, if it has begun.
    pub(super) fn without_redis<'a>(
        self: &'a Arc<Self>,
        kinds: &[QuotaKind],
        subject: &QuotaSubject,
        since: Duration,
    ) -> std::result::Result<SharedPass<'a>, Held> {
        if self.alone {
            return self.within_own(kinds, subject);
        }
        if self.away == RedisAway::Refuse {
            return Err(self.refused());
        }
        let wait = (since + AFTERMATH).saturating_sub(self.clock.monotonic());
        if wait > Duration::ZERO {
            return Err(Held { error: refusals::share_begins(wait), wait: Some(wait) });
        }
        self.within_own(kinds, subject)
    }

    /// Takes a slot of what this process may send without Redis.
    pub(super) fn within_own<'a>(
        self: &'a Arc<Self>,
        kinds: &[QuotaKind],
        subject: &QuotaSubject,
    ) -> std::result::Result<SharedPass<'a>, Held> {
        let own = self.of_own_share(kinds, subject)?;
        self.contact.state().used_share = true;
        Ok(SharedPass {
            limiter: self,
            subject: *subject,
            kinds: kinds.to_vec(),
            slots: Vec::new(),
            mark: String::new(),
            warnings: own.warnings(),
            own: Some(own),
            runtime: Handle::current(),
            landed: false,
        })
    }

    pub(super) fn of_own_share(
        &self,
        kinds: &[QuotaKind],
        subject: &QuotaSubject,
    ) -> std::result::Result<crate::quota::permit::Permit<'_>, Held> {
        let attempt = || {
            self.own.try_acquire(kinds, subject).map_err(|error| Held { wait: error.retry_after(), error })
        };
        if self.alone {
            return attempt();
        }
        let RedisAway::Share { processes } = self.away else { return Err(self.refused()) };
        let lanes = self.lanes.all().iter();
        let mut none = lanes.filter(|lane| kinds.contains(&lane.kind) && lane.rule.limit() < processes.get());
        if let Some(lane) = none.next() {
            return Err(Held { error: refusals::no_share(lane.kind), wait: None });
        }
        attempt()
    }

    /// Remembers a request that Redis does not know of; `true` when it can be told at once.
    pub(super) fn note_unreported(&self, kinds: &[QuotaKind], subject: &QuotaSubject) -> bool {
        let at = self.clock.monotonic();
        let mut state = self.contact.state();
        if state.unreported.len().is_power_of_two() {
            let day = Span::Day.duration();
            state.unreported.retain(|request| at.saturating_sub(request.at) < day);
        }
        state.unreported.push(Unreported { kinds: kinds.to_vec(), subject: *subject, at });
        state.away_since.is_none()
    }

    /// Tells Redis what it does not know yet, if it is there.
    pub(super) async fn report_pending(self: Arc<Self>) {
        let pending = std::mem::take(&mut self.contact.state().unreported);
        let Standing::Here { known, proposed, .. } = self.contact.standing(self.clock.monotonic()) else {
            return self.contact.state().unreported.extend(pending);
        };
        if self.report(&self.windows_of(&pending), (&known, &proposed)).await.is_none() {
            self.contact.state().unreported.extend(pending);
            self.lose_touch(&known, true);
        }
    }

    /// Looks whether Redis is there, and counts on it again once it knows what this process sent.
    pub(super) async fn come_back(self: Arc<Self>) -> bool {
        let known = self.contact.state().mark.clone().unwrap_or_default();
        let proposed = format!("{:016x}", rand::random::<u64>());
        let marks = (known.as_str(), proposed.as_str());
        let nobody = QuotaSubject::new("", "", "");
        let Ok(found) = self.scripts.take(&self.link, &self.lanes, &[], &nobody, marks).await else {
            return false;
        };
        let lost = matches!(found, Taken::Lost);
        let pending = std::mem::take(&mut self.contact.state().unreported);
        // One that lost its counts is told all that this process sent, not only what it was never told.
        let windows = if lost { self.windows_of_own() } else { self.windows_of(&pending) };
        let Some(mark) = self.report(&windows, marks).await else {
            self.contact.state().unreported.extend(pending);
            return false;
        };
        let now = self.clock.monotonic();
        let mut state = self.contact.state();
        state.mark = Some(mark);
        state.heard = now;
        if !state.unreported.is_empty() {
            return false;
        }
        if std::mem::take(&mut state.used_share) {
            state.both_until = now + AFTERMATH;
        }
        state.away_since = None;
        drop(state);
        (self.listener)(false);
        true
    }

    /// Reports windows and gives the mark of the server that took them; `None` when it failed in between. What is then
    /// reported again counts twice, which is safe.
    async fn report(&self, windows: &[(String, Vec<Duration>)], marks: (&str, &str)) -> Option<String> {
        let mut mark = None;
        let some = windows.chunks(WINDOWS_AT_ONCE);
        let none: &[_] = &[&[][..]];
        for windows in some.chain(none.iter().copied().filter(|_| windows.is_empty())) {
            let known = mark.as_deref().unwrap_or(marks.0);
            let told =
                self.scripts.report(&self.link, &self.lanes, windows, (known, marks.1), AFTERMATH).await;
            mark = Some(told.ok()?);
        }
        mark
    }

    fn windows_of(&self, requests: &[Unreported]) -> Vec<(String, Vec<Duration>)> {
        let now = self.clock.monotonic();
        let mut windows = std::collections::BTreeMap::<String, Vec<Duration>>::new();
        for request in requests {
            for number in self.lanes.of(&request.kinds) {
                let Some(lane) = self.lanes.all().get(number) else { continue };
                let left = (request.at + lane.rule.span().duration()).saturating_sub(now);
                if left > Duration::ZERO {
                    windows.entry(lane.name(&request.subject)).or_default().push(left);
                }
            }
        }
        windows.into_iter().collect()
    }

    fn windows_of_own(&self) -> Vec<(String, Vec<Duration>)> {
        let today = self.clock.now();
        let saved = self.own.snapshot();
        let window = |lane: &super::lane::SharedLane, key: u128, answers: Vec<Timestamp>| {
            let length = lane.rule.span().duration();
            let left = answers.into_iter().map(|at| at.plus(length).since(today));
            (lane.name_of(key), left.filter(|&left| left > Duration::ZERO).collect())
        };
        let lane = |kind, span_ms| {
            self.lanes
                .all()
                .iter()
                .find(move |lane| lane.kind == kind && lane.rule.span().as_millis() == span_ms)
        };
        let windows = saved.windows();
        windows
            .filter_map(|(kind, span, key, answers)| Some(window(lane(kind, span)?, key, answers)))
            .collect()
    }
}
