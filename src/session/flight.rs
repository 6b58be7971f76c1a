//! One refresh per account at a time in this process; everyone who comes meanwhile gets its token, not an error.

use super::events::Herald;
use super::refresh::{Bearer, Need, Refresher};
use super::standing;
use crate::clock::Clock;
use crate::config::Config;
use crate::error::{Error, ErrorKind, Result};
use crate::secret::Secret;
use crate::store::{AccountKey, AccountRow, AccountStatus, AccountStore, LeaseStore};
use crate::transport::Transport;
use dashmap::DashMap;
use std::future::Future;
use std::sync::Arc;
use tokio::sync::watch;
use tokio_util::task::TaskTracker;

type Flight = watch::Receiver<Option<Result<Bearer>>>;

/// Hands out tokens. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    refresher: Refresher,
    flights: DashMap<AccountKey, Flight>,
    /// What closing waits for: a flight outlives the caller who started it.
    running: TaskTracker,
}

impl Session {
    pub(crate) fn new(
        config: Arc<Config>,
        accounts: Arc<dyn AccountStore>,
        leases: Arc<dyn LeaseStore>,
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
        herald: Arc<Herald>,
        running: TaskTracker,
    ) -> Self {
        let refresher = Refresher::new(config, accounts, leases, transport, clock, herald);
        Self { shared: Arc::new(Shared { refresher, flights: DashMap::new(), running }) }
    }

    /// The handle of the account's user, when it is known.
    pub(crate) async fn username(&self, key: &AccountKey) -> Result<Option<String>> {
        Ok(self.shared.refresher.load(key).await?.username)
    }

    /// Returns whether the store has the account, connected or expired.
    pub(crate) async fn has(&self, key: &AccountKey) -> bool {
        let row = self.shared.refresher.load(key).await;
        row.is_ok_and(|row| row.status != AccountStatus::Disconnected)
    }

    /// Writes down what a call's outcome says about its account, whose status was `from`. A status that cannot be
    /// written matters less than the outcome.
    pub(crate) async fn note(
        &self,
        key: &AccountKey,
        from: AccountStatus,
        outcome: std::result::Result<(), &Error>,
        posting: bool,
    ) {
        let to = standing::after(from, outcome, posting);
        if to != from {
            let _ = self.shared.refresher.accounts.mark(key, from, to).await;
        }
    }

    /// A token of `key` that will last, renewed if need be. When it cannot be renewed now but has not ended, it is used
    /// to its end: that is what the margin is for.
    pub(crate) async fn bearer(&self, key: &AccountKey) -> Result<Bearer> {
        let refresher = &self.shared.refresher;
        let row = refresher.load(key).await?;
        if refresher.lasts(&row) {
            return refresher.open(&row);
        }
        match self.fly(key, Need::Lasting).await {
            Err(error) if error.is_retryable() && refresher.is_valid(&row) => refresher.open(&row),
            outcome => outcome,
        }
    }

    /// A token other than `rejected`, which TikTok called invalid: the row's if another has renewed it, else a new one.
    pub(crate) async fn replace(&self, key: &AccountKey, rejected: &Secret) -> Result<Bearer> {
        let bearer = self.fly(key, Need::Other(rejected.clone())).await?;
        if bearer.token != *rejected {
            return Ok(bearer);
        }
        // The flight that was joined had begun for another reason and found that this token lasts.
        self.fly(key, Need::Other(rejected.clone())).await
    }

    /// Renews the token of `row` before it is needed, unless someone has done it since the row was read.
    pub(super) async fn renew(&self, row: &AccountRow) -> Result<Bearer> {
        self.fly(&row.key, Need::Ahead(row.access_expires_at)).await
    }

    pub(super) fn refresher(&self) -> &Refresher {
        &self.shared.refresher
    }

    /// Runs `task` until it ends or the client closes, which waits for it.
    pub(super) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.shared.running.spawn(task);
    }

    /// Joins the account's flight, or starts it. The flight is a task of its own: a caller that goes away cannot take
    /// a reply with it that holds the only valid refresh token.
    async fn fly(&self, key: &AccountKey, need: Need) -> Result<Bearer> {
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
                        refresher.herald.refresh_failed(&key, error, refresher.clock.now());
                    }
                    shared.flights.remove(&key);
                    let _ = sender.send(Some(result));
                });
                receiver
            })
            .clone();
        let landed = flight.wait_for(Option::is_some).await.ok().and_then(|result| result.clone());
        landed.unwrap_or_else(|| {
            self.shared.flights.remove_if(key, |_, there| there.same_channel(&flight));
            Err(Error::new(
                ErrorKind::Internal,
                "the refresh ended without a result; try again and report it",
            ))
        })
    }
}
