//! Handles the loss of Redis and the return to it.
//!
//! A process that cannot reach Redis reports its requests when Redis answers again. A Redis that lost its counts grants nothing
//! for [`DRAIN_PERIOD`]: then no earlier request counts in a minute window.

use super::permit::RedisPermit;
use super::scripts::{MAX_IN_FLIGHT, TakeReply};
use super::{Denied, RedisLimiter, errors};
use crate::quota::keys::QuotaSubject;
use crate::quota::policy::{QuotaKind, Span};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::runtime::Handle;

/// The longest time that a granted request can count in a minute window.
pub(super) const DRAIN_PERIOD: Duration = Duration::from_secs(MAX_IN_FLIGHT.as_secs() + 60);
/// The pause between two attempts to reconnect.
const RECONNECT_INTERVAL: Duration = Duration::from_millis(250);
/// The time without a reply after which no earlier request counts and Redis may have dropped its generation.
const STALE_AFTER: Duration = Duration::from_secs(25 * 3600);
/// The maximum number of windows in one report, which limits the run time of the script.
const REPORT_BATCH: usize = 100;

/// The availability of Redis.
#[derive(Debug)]
pub(super) enum Availability {
    Up {
        /// The generation of the last reply; empty before the first one.
        known: String,
        /// The generation to store when Redis has none.
        proposed: String,
    },
    Down,
}

#[derive(Debug, Default)]
pub(super) struct RedisHealth(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    generation: Option<String>,
    last_reply: Duration,
    is_down: bool,
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
        if state.is_down {
            return Availability::Down;
        }
        let recent = now.saturating_sub(state.last_reply) < STALE_AFTER;
        let known = state.generation.clone().filter(|_| recent).unwrap_or_default();
        let proposed =
            if known.is_empty() { format!("{:016x}", rand::random::<u64>()) } else { String::new() };
        Availability::Up { known, proposed }
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
    pub(super) fn unavailable(&self) -> Denied {
        Denied { error: errors::redis_unavailable(self.connection.certificate_fault()), wait: None }
    }

    /// Marks Redis as down, after a failure or because its generation is not `known`, and starts reconnecting. Returns false if
    /// this process has already reconnected to another generation.
    pub(super) fn mark_down(self: &Arc<Self>, known: &str, failed: bool) -> bool {
        {
            let mut state = self.health.state();
            if state.is_down {
                return true;
            }
            if !failed && state.generation.as_deref().is_some_and(|generation| generation != known) {
                return false;
            }
            state.is_down = true;
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
        true
    }

    /// Takes the slots from the limiter of this process, if it may count while Redis is unavailable.
    pub(super) fn acquire_without_redis<'a>(
        self: &'a Arc<Self>,
        kinds: &[QuotaKind],
        subject: &QuotaSubject,
        refused: Denied,
    ) -> Result<RedisPermit<'a>, Denied> {
        if !self.fail_open {
            return Err(refused);
        }
        let local = self
            .local
            .try_acquire(kinds, subject)
            .map_err(|error| Denied { wait: error.retry_after(), error })?;
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

    /// Queues a request that Redis has not counted; returns `true` when it can be reported now.
    pub(super) fn queue_report(&self, kinds: &[QuotaKind], subject: &QuotaSubject) -> bool {
        let at = self.clock.monotonic();
        let mut state = self.health.state();
        if state.unreported.len().is_power_of_two() {
            let day = Span::Day.duration();
            state.unreported.retain(|request| at.saturating_sub(request.at) < day);
        }
        state.unreported.push(Unreported { kinds: kinds.to_vec(), subject: *subject, at });
        !state.is_down
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
        // A Redis that lost its counts gets all requests of this process, not only the unreported ones.
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
        state.is_down = false;
        drop(state);
        (self.listener)(false);
        true
    }

    /// Reports windows, and returns the generation of the server, or `None` after a failure. A repeated report counts requests
    /// twice, which is safe.
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
        let mut windows = BTreeMap::<String, Vec<Duration>>::new();
        for request in requests {
            for number in self.keys.limits.of_kinds(&request.kinds).iter() {
                let span = self.keys.limits.get(number).rule.span();
                let left = (request.at + span.duration()).saturating_sub(now);
                if left > Duration::ZERO {
                    windows.entry(self.keys.key(number, &request.subject)).or_default().push(left);
                }
            }
        }
        windows.into_iter().collect()
    }

    fn local_windows(&self) -> Vec<(String, Vec<Duration>)> {
        let windows = self.local.answered().into_iter();
        windows.map(|(number, key, left)| (self.keys.key_of(number, key), left)).collect()
    }
}
