//! Runs at most one refresh per account at a time in this process. Callers that arrive during a refresh wait for its
//! token.

use super::events::EventSender;
use super::refresh::{Bearer, Need, Refresher};
use super::status;
use crate::clock::Clock;
use crate::config::Config;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{AccountKey, AccountStatus};
use crate::secret::Secret;
use crate::store::{AccountPatch, AccountRow, AccountStore, Expected, LeaseStore};
use crate::transport::Transport;
use dashmap::DashMap;
use std::future::Future;
use std::sync::Arc;
use tokio::sync::watch;
use tokio_util::task::TaskTracker;

type Flight = watch::Receiver<Option<Result<Bearer>>>;

/// Provides access tokens. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    refresher: Refresher,
    flights: DashMap<AccountKey, Flight>,
    /// The tasks for which closing the client waits. A refresh outlives the caller that started it.
    running: TaskTracker,
}

impl Session {
    pub(crate) fn new(
        config: Arc<Config>,
        accounts: Arc<dyn AccountStore>,
        leases: Arc<dyn LeaseStore>,
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
        events: Arc<EventSender>,
        running: TaskTracker,
    ) -> Self {
        let refresher = Refresher::new(config, accounts, leases, transport, clock, events);
        Self { shared: Arc::new(Shared { refresher, flights: DashMap::new(), running }) }
    }

    /// Returns the account's username, if it is known.
    pub(crate) async fn username(&self, key: &AccountKey) -> Result<Option<String>> {
        Ok(self.shared.refresher.load(key).await?.username)
    }

    /// Returns true when the store contains the account, connected or expired.
    pub(crate) async fn has(&self, key: &AccountKey) -> bool {
        let row = self.shared.refresher.load(key).await;
        row.is_ok_and(|row| row.status != AccountStatus::Disconnected)
    }

    /// Records the status that results from the outcome of a call; `from` is the status before the call. A failed write
    /// is ignored, because the outcome is more important.
    pub(crate) async fn note(
        &self,
        key: &AccountKey,
        from: AccountStatus,
        outcome: std::result::Result<(), &Error>,
        posting: bool,
    ) {
        let to = status::next_status(from, outcome, posting);
        if to != from {
            let (expected, patch) = (Expected::Status(from), AccountPatch::status(to));
            let _ = self.shared.refresher.accounts.update(key, &expected, &patch).await;
        }
    }

    /// Returns an access token of `key` that stays valid for the duration of a call, refreshed if necessary. If the
    /// refresh fails before the token has expired, the token is used until it expires; the refresh margin exists for
    /// this purpose.
    pub(crate) async fn bearer(&self, key: &AccountKey) -> Result<Bearer> {
        let refresher = &self.shared.refresher;
        let row = refresher.load(key).await?;
        if refresher.is_fresh(&row) {
            return refresher.open(&row);
        }
        match self.join_or_start_refresh(key, Need::Fresh).await {
            Err(error) if error.is_retryable() && refresher.is_valid(&row) => refresher.open(&row),
            outcome => outcome,
        }
    }

    /// Returns a token other than `rejected`, which TikTok reported as invalid: the stored token if another process has
    /// refreshed it, otherwise a new one.
    pub(crate) async fn replace(&self, key: &AccountKey, rejected: &Secret) -> Result<Bearer> {
        let bearer = self.join_or_start_refresh(key, Need::Other(rejected.clone())).await?;
        if bearer.token != *rejected {
            return Ok(bearer);
        }
        // The refresh that this call joined was started for another reason and kept this token, because it had not
        // expired.
        self.join_or_start_refresh(key, Need::Other(rejected.clone())).await
    }

    /// Refreshes the token of `row` before it is needed, unless it was refreshed after the row was read.
    pub(super) async fn renew(&self, row: &AccountRow) -> Result<Bearer> {
        self.join_or_start_refresh(&row.key, Need::Background(row.access_expires_at)).await
    }

    pub(super) fn refresher(&self) -> &Refresher {
        &self.shared.refresher
    }

    /// Runs `task` to its end. Closing the client waits for it.
    pub(super) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.shared.running.spawn(task);
    }

    /// Joins the account's running refresh, or starts one. The refresh runs in its own task, because the response with
    /// the only valid refresh token must not be lost when a caller is dropped.
    async fn join_or_start_refresh(&self, key: &AccountKey, need: Need) -> Result<Bearer> {
        let mut flight = self
            .shared
            .flights
            .entry(key.clone())
            .or_insert_with(|| {
                let (sender, receiver) = watch::channel(None);
                let (shared, key) = (Arc::clone(&self.shared), key.clone());
                self.shared.running.spawn(async move {
                    let refresher = &shared.refresher;
                    let result = refresher.run(&key, &need).await;
                    if let Err(error) = &result {
                        refresher.events.refresh_failed(&key, error, refresher.clock.now());
                    }
                    shared.flights.remove(&key);
                    let _ = sender.send(Some(result));
                });
                receiver
            })
            .clone();
        let result = flight.wait_for(Option::is_some).await.ok().and_then(|result| result.clone());
        result.unwrap_or_else(|| {
            self.shared.flights.remove_if(key, |_, current| current.same_channel(&flight));
            Err(Error::new(
                ErrorKind::Internal,
                "the refresh ended without a result; try again, and report it if it persists",
            ))
        })
    }
}
