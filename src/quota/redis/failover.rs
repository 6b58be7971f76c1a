//! Handles an outage of Redis and its end.
//!
//! A process waits for [`DRAIN_PERIOD`] before it uses its share. By then, the requests that Redis counted have left every minute window, so a minute window
//! never contains requests of both kinds. When Redis is available again, a process reports its requests. For another [`DRAIN_PERIOD`] it needs a slot of its share and one in Redis, because other processes may not have reported yet.

use super::permit::RedisPermit;
use super::scripts::{MAX_IN_FLIGHT, TakeReply};
use super::{Denied, RedisLimiter, errors};
use crate::clock::Timestamp;
use crate::error::Result;
use crate::quota::keys::QuotaSubject;
use crate::quota::policy::{QuotaKind, QuotaPolicy, Rule, Span};
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::runtime::Handle;

/// The longest time that a granted request can count in a minute window.
pub(super) const DRAIN_PERIOD: Duration = Duration::from_secs(MAX_IN_FLIGHT.as_secs() + 60);
/// The pause between two attempts to reconnect.
const RECONNECT_INTERVAL: Duration = Duration::from_millis(250);
/// After this time without a reply, no earlier request counts, and Redis may have dropped its generation.
const STALE_AFTER: Duration = Duration::from_secs(25 * 3600);
/// The maximum number of windows in one report, which limits the run time of the script.
const REPORT_BATCH: usize = 100;

/// The behavior of a client while the Redis that counts its requests is unavailable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RedisFallback {
    /// Refuses every request with [`ErrorKind::Unavailable`](crate::ErrorKind::Unavailable). The default.
    #[default]
    Refuse,
    /// Uses every limit divided by `processes`, counted in the memory of this process. Starts 105 seconds after Redis was lost,
    /// when earlier requests have left the minute windows.
    Share {
        /// The maximum number of processes that use this Redis for the same app.
        processes: NonZeroU32,
    },
}

impl RedisFallback {
    /// Returns the limits of one process. A share below one request becomes 1, because a window is still needed for counting.
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

/// The availability of Redis.
#[derive(Debug)]
pub(super) enum Availability {
    Up {
        /// The generation of the last reply; empty before the first one.
        known: String,
        /// The generation to store when Redis has none.
        proposed: String,
        /// True when a request also needs a slot of this process's share.
        also_local: bool,
    },
    Down {
        since: Duration,
    },
}

#[derive(Debug, Default)]
pub(super) struct RedisHealth(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    generation: Option<String>,
    last_reply: Duration,
    down_since: Option<Duration>,
    used_local: bool,
    also_local_until: Duration,
    /// The requests that Redis has not counted yet.
    unreported: Vec<Unreported>,
}

#[derive(Debug, Clone)]
struct Unreported {
    kinds: Vec<QuotaKind>,
    subject: QuotaSubject,
    at: Duration,
}

impl RedisHealth {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn availability(&self, now: Duration) -> Availability {
        let state = self.state();
        if let Some(since) = state.down_since {
            return Availability::Down { since };
        }
        let recent = now.saturating_sub(state.last_reply) < STALE_AFTER;
        let known = state.generation.clone().filter(|_| recent).unwrap_or_default();
        let proposed =
            if known.is_empty() { format!("{:016x}", rand::random::<u64>()) } else { String::new() };
        Availability::Up { known, proposed, also_local: now < state.also_local_until }
    }

    pub(super) fn record_reply(&self, generation: &str, now: Duration) {
        let mut state = self.state();
        state.last_reply = now;
        if state.generation.is_none() {
            state.generation = Some(generation.to_owned());
        }
    }
}

impl RedisLimiter {
    fn unavailable(&self) -> Denied {
        Denied { error: errors::redis_unavailable(self.connection.certificate_fault()), wait: None }
    }

    /// Marks Redis as down, after a failure or because its generation is not `known`, and starts reconnecting. Returns the time
    /// at which it went down, or `None` if this process has already reconnected to another generation.
    pub(super) fn mark_down(self: &Arc<Self>, known: &str, failed: bool) -> Option<Duration> {
        let now = self.clock.monotonic();
        {
            let mut state = self.health.state();
            if let Some(since) = state.down_since {
                return Some(since);
            }
            if !failed && state.generation.as_deref().is_some_and(|generation| generation != known) {
                return None;
            }
            state.down_since = Some(now);
        }
        (self.listener)(true);
        let (limiter, clock) = (Arc::downgrade(self), Arc::clone(&self.clock));
        tokio::spawn(async move {
            loop {
                clock.sleep(RECONNECT_INTERVAL).await;
                let Some(limiter) = limiter.upgrade() else { return };
                if limiter.try_reconnect().await {
                    return;
                }
            }
        });
        Some(now)
    }

    /// Takes the slots from this process's share, if the drain period is over.
    pub(super) fn acquire_without_redis<'a>(
        self: &'a Arc<Self>,
        kinds: &[QuotaKind],
        subject: &QuotaSubject,
        since: Duration,
    ) -> std::result::Result<RedisPermit<'a>, Denied> {
        if self.fail_open {
            return self.acquire_locally(kinds, subject);
        }
        if self.fallback == RedisFallback::Refuse {
            return Err(self.unavailable());
        }
        let wait = (since + DRAIN_PERIOD).saturating_sub(self.clock.monotonic());
        if wait > Duration::ZERO {
            return Err(Denied { error: errors::share_pending(wait), wait: Some(wait) });
        }
        self.acquire_locally(kinds, subject)
    }

    /// Takes the slots from the limiter of this process.
    pub(super) fn acquire_locally<'a>(
        self: &'a Arc<Self>,
        kinds: &[QuotaKind],
        subject: &QuotaSubject,
    ) -> std::result::Result<RedisPermit<'a>, Denied> {
        let local = self.local_permit(kinds, subject)?;
        self.health.state().used_local = true;
        Ok(RedisPermit {
            limiter: self,
            subject: *subject,
            kinds: kinds.to_vec(),
            slots: Vec::new(),
            generation: String::new(),
            warnings: local.warnings(),
            local: Some(local),
            runtime: Handle::current(),
            finished: false,
        })
    }

    pub(super) fn local_permit(
        &self,
        kinds: &[QuotaKind],
        subject: &QuotaSubject,
    ) -> std::result::Result<crate::quota::permit::Permit<'_>, Denied> {
        let attempt = || {
            self.local
                .try_acquire(kinds, subject)
                .map_err(|error| Denied { wait: error.retry_after(), error })
        };
        if self.fail_open {
            return attempt();
        }
        let RedisFallback::Share { processes } = self.fallback else { return Err(self.unavailable()) };
        let keys = self.keys.all().iter();
        let mut none = keys
            .filter(|rule_keys| kinds.contains(&rule_keys.kind) && rule_keys.rule.limit() < processes.get());
        if let Some(rule_keys) = none.next() {
            return Err(Denied { error: errors::no_share(rule_keys.kind), wait: None });
        }
        attempt()
    }

    /// Queues a request that Redis has not counted; returns `true` when it can be reported now.
    pub(super) fn queue_report(&self, kinds: &[QuotaKind], subject: &QuotaSubject) -> bool {
        let at = self.clock.monotonic();
        let mut state = self.health.state();
        if state.unreported.len().is_power_of_two() {
            let day = Span::Day.duration();
            state.unreported.retain(|request| at.saturating_sub(request.at) < day);
        }
        state.unreported.push(Unreported { kinds: kinds.to_vec(), subject: *subject, at });
        state.down_since.is_none()
    }

    /// Reports the queued requests, if Redis is available.
    pub(super) async fn report_pending(self: Arc<Self>) {
        let pending = std::mem::take(&mut self.health.state().unreported);
        let Availability::Up { known, proposed, .. } = self.health.availability(self.clock.monotonic())
        else {
            return self.health.state().unreported.extend(pending);
        };
        if self.report(&self.pending_windows(&pending), (&known, &proposed)).await.is_none() {
            self.health.state().unreported.extend(pending);
            self.mark_down(&known, true);
        }
    }

    /// Tries to reach Redis, and marks it as up once it has counted the requests of this process.
    pub(super) async fn try_reconnect(self: Arc<Self>) -> bool {
        let known = self.health.state().generation.clone().unwrap_or_default();
        let proposed = format!("{:016x}", rand::random::<u64>());
        let generations = (known.as_str(), proposed.as_str());
        let no_subject = QuotaSubject::new("", "", "");
        let Ok(reply) = self.scripts.take(&self.connection, &self.keys, &[], &no_subject, generations).await
        else {
            return false;
        };
        let lost = matches!(reply, TakeReply::Lost);
        let pending = std::mem::take(&mut self.health.state().unreported);
        // A Redis that lost its counts receives all requests of this process, not only the unreported ones.
        let windows = if lost { self.local_windows() } else { self.pending_windows(&pending) };
        let Some(generation) = self.report(&windows, generations).await else {
            self.health.state().unreported.extend(pending);
            return false;
        };
        let now = self.clock.monotonic();
        let mut state = self.health.state();
        state.generation = Some(generation);
        state.last_reply = now;
        if !state.unreported.is_empty() {
            return false;
        }
        if std::mem::take(&mut state.used_local) {
            state.also_local_until = now + DRAIN_PERIOD;
        }
        state.down_since = None;
        drop(state);
        (self.listener)(false);
        true
    }

    /// Reports windows, and returns the generation of the server, or `None` after a failure. A repeated report counts requests
    /// twice, which only lowers the rate.
    async fn report(&self, windows: &[(String, Vec<Duration>)], generations: (&str, &str)) -> Option<String> {
        let mut generation = None;
        let some = windows.chunks(REPORT_BATCH);
        let none: &[_] = &[&[][..]];
        for windows in some.chain(none.iter().copied().filter(|_| windows.is_empty())) {
            let known = generation.as_deref().unwrap_or(generations.0);
            let reported = self
                .scripts
                .report(&self.connection, &self.keys, windows, (known, generations.1), DRAIN_PERIOD)
                .await;
            generation = Some(reported.ok()?);
        }
        generation
    }

    fn pending_windows(&self, requests: &[Unreported]) -> Vec<(String, Vec<Duration>)> {
        let now = self.clock.monotonic();
        let mut windows = std::collections::BTreeMap::<String, Vec<Duration>>::new();
        for request in requests {
            for number in self.keys.of_kinds(&request.kinds) {
                let Some(rule_keys) = self.keys.all().get(number) else { continue };
                let left = (request.at + rule_keys.rule.span().duration()).saturating_sub(now);
                if left > Duration::ZERO {
                    windows.entry(rule_keys.key(&request.subject)).or_default().push(left);
                }
            }
        }
        windows.into_iter().collect()
    }

    fn local_windows(&self) -> Vec<(String, Vec<Duration>)> {
        let wall = self.clock.now();
        let saved = self.local.snapshot();
        let window = |rule_keys: &super::window_keys::RuleKeys, key: u128, answers: Vec<Timestamp>| {
            let length = rule_keys.rule.span().duration();
            let left = answers.into_iter().map(|at| at.plus(length).since(wall));
            (rule_keys.key_of(key), left.filter(|&left| left > Duration::ZERO).collect())
        };
        let rule_keys = |kind, span_ms| {
            self.keys
                .all()
                .iter()
                .find(move |rule_keys| rule_keys.kind == kind && rule_keys.rule.span().as_millis() == span_ms)
        };
        let windows = saved.windows();
        windows
            .filter_map(|(kind, span, key, answers)| Some(window(rule_keys(kind, span)?, key, answers)))
            .collect()
    }
}
