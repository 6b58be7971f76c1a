//! Stores the requests of daily windows, so that daily usage survives a restart.

use super::backend::QuotaBackend;
use super::keys::QuotaSubject;
use super::limiter::Limiter;
use super::policy::{QuotaKind, Span};
use crate::clock::{Clock, Timestamp};
use crate::error::Result;
use crate::store::{CountedRequest, UsageStore};
use std::sync::Arc;
use tokio::sync::OnceCell;

/// The log of the requests of daily windows, in the account store.
///
/// If the store fails, usage may be undercounted after a restart; requests are not affected. When Redis counts, it keeps the
/// usage, and nothing is logged.
#[derive(Debug)]
pub(crate) struct UsageLog {
    store: Arc<dyn UsageStore>,
    clock: Arc<dyn Clock>,
    /// Time at which counting started. Only earlier requests are restored from the log; later ones were counted as they were sent.
    started_at: Timestamp,
    restored: OnceCell<()>,
}

impl UsageLog {
    pub(crate) fn new(store: Arc<dyn UsageStore>, clock: Arc<dyn Clock>) -> Self {
        let started_at = clock.now();
        Self { store, clock, started_at, restored: OnceCell::new() }
    }

    /// Counts the requests that earlier processes logged, once. Tries again at the next request while the store fails.
    pub(crate) async fn restore(&self, backend: &QuotaBackend) {
        if self.restored.initialized() {
            return;
        }
        if let Some(limiter) = backend.local_limiter().await {
            let _ = Box::pin(self.restored.get_or_try_init(|| self.load(limiter))).await;
        }
    }

    async fn load(&self, limiter: &Limiter) -> Result<()> {
        let mut requests = self.store.since(self.one_day_ago()).await?;
        requests.retain(|request| request.at <= self.started_at);
        limiter.restore_requests(&requests);
        Ok(())
    }

    /// Logs a request that TikTok has just answered.
    pub(crate) async fn record(&self, backend: &QuotaBackend, kinds: &[QuotaKind], subject: &QuotaSubject) {
        let Some(limiter) = backend.local_limiter().await else { return };
        let at = self.clock.now();
        let requests: Vec<_> =
            limiter.daily_windows(kinds, subject).map(|window| CountedRequest { window, at }).collect();
        if !requests.is_empty() {
            let _ = self.store.append(&requests, self.one_day_ago()).await;
        }
    }

    fn one_day_ago(&self) -> Timestamp {
        self.clock.now().minus(Span::Day.duration())
    }
}
