//! Stores the requests of daily windows, so that daily usage survives a restart.

use super::backend::QuotaBackend;
use super::keys::QuotaSubject;
use super::limiter::Limiter;
use super::limits::Limit;
use super::policy::{QuotaKind, Scope, Span};
use crate::clock::{Clock, Timestamp};
use crate::error::Result;
use crate::store::{CountedRequest, UsageStore};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
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
        limiter.restore_requests(&requests, self.clock.now());
        Ok(())
    }

    /// Logs a request that TikTok has just answered.
    pub(crate) async fn record(&self, backend: &QuotaBackend, kinds: &[QuotaKind], subject: &QuotaSubject) {
        let Some(limiter) = backend.local_limiter().await else { return };
        let at = self.clock.now();
        let windows = limiter.daily_windows(kinds, subject).into_iter();
        let requests: Vec<_> = windows.map(|window| CountedRequest { window, at }).collect();
        if !requests.is_empty() {
            let _ = self.store.append(&requests, self.one_day_ago()).await;
        }
    }

    fn one_day_ago(&self) -> Timestamp {
        self.clock.now().minus(Span::Day.duration())
    }
}

/// Returns the name of the windows of a limit in the log, without the key.
fn name(limit: &Limit) -> String {
    let scope = match limit.rule.scope() {
        Scope::App => "app",
        Scope::Account => "account",
    };
    format!("{}/{scope}/{}", limit.kind.as_str(), limit.rule.span().as_millis())
}

impl Limiter {
    /// Returns the names of the daily windows that a request of `kinds` counts in.
    fn daily_windows(&self, kinds: &[QuotaKind], subject: &QuotaSubject) -> Vec<String> {
        let limits = self.limits.of_kinds(kinds);
        let limits = limits.iter().map(|number| self.limits.get(number));
        let daily = limits.filter(|limit| limit.rule.span() == Span::Day);
        let named = |limit: &Limit| {
            let key = u128::from_be_bytes(subject.key(limit.rule.scope()));
            format!("{}/{key:032x}", name(limit))
        };
        daily.map(named).collect()
    }

    /// Counts the requests of a log at `now`, by the names of [`Limiter::daily_windows`]. Skips windows that the policy does not
    /// have. Times in the future count from now, since the wall clock was set back.
    fn restore_requests(&self, requests: &[CountedRequest], now: Timestamp) {
        let numbers: HashMap<_, _> =
            self.limits.iter().map(|(number, limit)| (name(limit), number)).collect();
        let mut ages: HashMap<&str, Vec<Duration>> = HashMap::new();
        for CountedRequest { window, at } in requests {
            ages.entry(window).or_default().push(now.since(*at));
        }
        for (window, ages) in ages {
            let Some((name, key)) = window.rsplit_once('/') else { continue };
            if let (Some(&number), Ok(key)) = (numbers.get(name), u128::from_str_radix(key, 16)) {
                self.restore(number, key.to_be_bytes(), &ages);
            }
        }
    }
}
