//! Tracks the availability of Redis and the requests that Redis has not counted yet.

use crate::quota::keys::QuotaSubject;
use crate::quota::policy::QuotaKind;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The time without a reply after which no earlier request counts and Redis may have dropped its generation.
const STALE_AFTER: Duration = Duration::from_secs(25 * 3600);

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
pub(super) struct State {
    pub(super) generation: Option<String>,
    pub(super) last_reply: Duration,
    pub(super) is_down: bool,
    /// The requests that Redis has not counted yet.
    pub(super) unreported: Vec<Unreported>,
}

#[derive(Debug, Clone)]
pub(super) struct Unreported {
    pub(super) kinds: Vec<QuotaKind>,
    pub(super) subject: QuotaSubject,
    pub(super) at: Duration,
}

impl RedisHealth {
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
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
