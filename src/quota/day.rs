//! What was counted for a day outlives the process that counted it.

use super::gate::Gate;
use super::keys::QuotaSubject;
use super::limiter::Limiter;
use super::policy::{QuotaKind, Span};
use crate::clock::{Clock, Timestamp};
use crate::error::Result;
use crate::store::{CountedRequest, RequestLog};
use std::sync::Arc;
use tokio::sync::OnceCell;

/// The requests of daily windows, written down where the host keeps its accounts.
///
/// A store that fails costs counts and no request: what could not be written is counted in this process alone. Where a Redis
/// counts, it remembers, and nothing is written down.
#[derive(Debug)]
pub(crate) struct DayLog {
    store: Arc<dyn RequestLog>,
    clock: Arc<dyn Clock>,
    /// What was answered later was counted here as it happened, or by a process beside this one.
    began: Timestamp,
    recalled: OnceCell<()>,
}

impl DayLog {
    pub(crate) fn new(store: Arc<dyn RequestLog>, clock: Arc<dyn Clock>) -> Self {
        let began = clock.now();
        Self { store, clock, began, recalled: OnceCell::new() }
    }

    /// Counts what earlier processes have written down, once; asked for again while the store cannot tell.
    pub(crate) async fn recall(&self, gate: &Gate) {
        if self.recalled.initialized() {
            return;
        }
        if let Some(limiter) = gate.local().await {
            let _ = Box::pin(self.recalled.get_or_try_init(|| self.restore(limiter))).await;
        }
    }

    async fn restore(&self, limiter: &Limiter) -> Result<()> {
        let mut requests = self.store.requests_after(self.a_day_ago()).await?;
        requests.retain(|request| request.at <= self.began);
        limiter.restore_requests(&requests);
        Ok(())
    }

    /// Writes down a request that TikTok has answered just now.
    pub(crate) async fn remember(&self, gate: &Gate, kinds: &[QuotaKind], subject: &QuotaSubject) {
        let Some(limiter) = gate.local().await else { return };
        let at = self.clock.now();
        let requests: Vec<_> =
            limiter.daily_windows(kinds, subject).map(|window| CountedRequest { window, at }).collect();
        if !requests.is_empty() {
            let _ = self.store.log_requests(&requests, self.a_day_ago()).await;
        }
    }

    fn a_day_ago(&self) -> Timestamp {
        self.clock.now().minus(Span::Day.duration())
    }
}
