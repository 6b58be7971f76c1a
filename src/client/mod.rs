//! The client, with one method for each operation. It connects the layers and contains no HTTP or JSON code.

mod account;
mod builder;
mod close;
mod collect_metrics;
mod collect_options;
mod disconnect;
mod login;
mod metrics;
mod publish;
mod quota;
mod reseal;
mod reseal_options;
mod reseal_report;
mod stored_token;
mod webhook;

pub use account::Videos;
pub use builder::{ClientBuilder, LEAST_JOURNAL_RETENTION, short_retention};
pub use close::CloseReport;
pub use collect_options::{AccountSelection, CollectFailure, CollectOptions, CollectProgress, CollectReport};
pub use login::{AuthorizeLink, BeginLogin, LoginInspection, LoginResult, LoginStart};
pub use publish::{ProbeReport, probe_video};
pub use reseal_options::{ResealFormat, ResealOptions, ResealProgress};
pub use reseal_report::{ResealFailure, ResealReport};

use crate::clock::Clock;
use crate::config::Config;
use crate::error::{Error, ErrorKind, Result};
use crate::model::AccountKey;
use crate::oauth::ConsumedStates;
use crate::pipeline::Pipeline;
use crate::publish::Publisher;
use crate::secret::Secret;
use crate::session::{BackgroundRefresh, EventSender, Events, Session, seal_context};
use crate::store::{AccountStore, MetricsStore};
use crate::transport::Transport;
use crate::vault::Purpose;
use std::future::Future;
use std::num::NonZeroUsize;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;

/// A TikTok client for one app. Cloning is cheap, and clones share all state. A client can be used from any thread
/// within a tokio runtime.
#[derive(Debug, Clone)]
pub struct Client {
    shared: Arc<Shared>,
}

/// Stops background work when the last client is dropped.
#[derive(Debug, Default)]
struct Background {
    stop: CancellationToken,
}

impl Drop for Background {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

#[derive(Debug)]
struct Shared {
    config: Arc<Config>,
    accounts: Arc<dyn AccountStore>,
    metrics: Arc<dyn MetricsStore>,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    session: Session,
    events: Arc<EventSender>,
    pipeline: Pipeline,
    publisher: Publisher,
    consumed: ConsumedStates,
    running: TaskTracker,
    background: Background,
}

impl Client {
    /// Returns a builder for a client.
    #[must_use]
    pub fn builder(config: Config) -> ClientBuilder {
        ClientBuilder::new(config)
    }

    /// Encrypts `text` for one row and column. It can only be decrypted for the same row and column.
    pub fn seal(&self, account: &AccountKey, field: &str, text: &Secret) -> Result<String> {
        let config = &self.shared.config;
        let context = seal_context(Purpose::Token, &config.client_key, account, field);
        config.vault.seal(&context, text).map_err(|e| e.with_operation("seal"))
    }

    /// Decrypts a value that was encrypted for this row and column.
    pub fn unseal(&self, account: &AccountKey, field: &str, sealed: &str) -> Result<Secret> {
        let config = &self.shared.config;
        let context = seal_context(Purpose::Token, &config.client_key, account, field);
        config.vault.open(&context, sealed).map_err(|e| e.with_operation("unseal"))
    }

    /// Re-encrypts a value with the current key and format. Returns `None` when the value already uses them.
    pub fn reseal(&self, account: &AccountKey, field: &str, sealed: &str) -> Result<Option<String>> {
        let config = &self.shared.config;
        let context = seal_context(Purpose::Token, &config.client_key, account, field);
        config.vault.reseal(&context, sealed).map_err(|e| e.with_operation("reseal"))
    }

    /// Refreshes the tokens of all connected accounts before they expire, at most `max_concurrency` at a time, until
    /// the returned handle is dropped or the client is closed. Without it, the first call that needs a new token waits
    /// for the refresh.
    ///
    /// A token is refreshed between 1.5 and 2 margins before it expires. A margin is 5 minutes, or a tenth of a shorter
    /// lifetime. The exact time is random, so that a restart does not cause a burst of refreshes. After a failure, the
    /// account's next attempt waits 1 minute; the wait doubles up to 30 minutes. Several processes may run this on one
    /// store: each token is refreshed only once.
    ///
    /// # Errors
    /// [`ErrorKind::Closed`] when the client is closed.
    pub fn start_background_refresh(&self, max_concurrency: NonZeroUsize) -> Result<BackgroundRefresh> {
        let _running = self.enter().map_err(|error| error.with_operation("start_background_refresh"))?;
        Ok(self.shared.session.start_background_refresh(max_concurrency, &self.shared.background.stop))
    }

    /// Subscribes to account events from now on. Emitting an event never waits for a subscriber. A subscriber that is
    /// more than 256 events behind loses the oldest events and receives the number of lost events.
    #[must_use]
    pub fn events(&self) -> Events {
        self.shared.events.subscribe()
    }

    /// Emits [`Event::Called`](crate::Event::Called) for each call that ends from now on, so that a host can keep a
    /// health record of each account: the last successful call, the last error, and the remaining quota. Emitting never
    /// waits for a subscriber, as in [`Client::events`].
    #[must_use]
    pub fn call_events(&self) -> Events {
        self.shared.events.subscribe_to_calls()
    }

    /// Closes the client. New work fails immediately with [`ErrorKind::Closed`]. Completes when all running work has
    /// ended, however long that takes; [`Client::close_within`] has a deadline. May be called more than once.
    pub async fn close(&self) {
        self.refuse_new_work();
        self.wait_until_idle().await;
        self.shared.events.end();
    }

    fn enter(&self) -> Result<TaskTrackerToken> {
        if self.shared.running.is_closed() {
            return Err(Error::new(ErrorKind::Closed, "the client is closed; create a new one"));
        }
        Ok(self.shared.running.token())
    }

    /// Runs one operation: rejects it when the client is closed, makes `close` wait for it, and adds its name to its
    /// errors.
    async fn operation<T>(&self, name: &'static str, work: impl Future<Output = Result<T>>) -> Result<T> {
        let _running = self.enter().map_err(|error| error.with_operation(name))?;
        work.await.map_err(|error| error.with_operation(name))
    }
}
