//! The facade: one method for each thing a user wants to do. It wires the layers and holds no HTTP and no JSON.

mod account;
mod builder;
mod close;
mod collecting;
mod disconnect;
mod login;
mod metrics;
mod publish;
mod quota;
mod reseal;
mod reseal_report;
mod stored_token;
mod sweep;
mod webhook;

pub use account::Videos;
pub use builder::ClientBuilder;
pub use close::CloseReport;
pub use collecting::{Accounts, CollectFailure, CollectOptions, CollectProgress, CollectReport};
pub use login::{AuthorizeLink, BeginLogin, LoginInspection, LoginResult, LoginStart};
pub use publish::{ProbeReport, probe_video};
pub use quota::AccountQuota;
pub use reseal_report::{ResealFailure, ResealFormat, ResealOptions, ResealProgress, ResealReport};

use crate::clock::Clock;
use crate::config::Config;
use crate::error::{Error, ErrorKind, Result};
use crate::oauth::ConsumedStates;
use crate::pipeline::Pipeline;
use crate::publish::Publisher;
use crate::secret::Secret;
use crate::session::{Events, Herald, RenewAhead, Session, place};
use crate::store::{AccountKey, AccountStore, MetricsStore};
use crate::transport::Transport;
use crate::vault::Purpose;
use std::future::Future;
use std::num::NonZeroUsize;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;

/// A client of TikTok for one app. Cheap to clone; clones share everything. Use it from any thread, within a tokio
/// runtime.
#[derive(Debug, Clone)]
pub struct Client {
    shared: Arc<Shared>,
}

/// Ends what runs in the background when it is dropped with the last client.
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
    herald: Arc<Herald>,
    pipeline: Pipeline,
    publisher: Publisher,
    consumed: ConsumedStates,
    running: TaskTracker,
    background: Background,
}

impl Client {
    /// Begins to build a client.
    #[must_use]
    pub fn builder(config: Config) -> ClientBuilder {
        ClientBuilder::new(config)
    }

    /// Seals `text` for one row and column; it opens nowhere else.
    pub fn seal(&self, account: &AccountKey, field: &str, text: &Secret) -> Result<String> {
        let config = &self.shared.config;
        let context = place(Purpose::Token, &config.client_key, account, field);
        config.vault.seal(&context, text).map_err(|e| e.with_operation("seal"))
    }

    /// Opens what was sealed for exactly this row and column.
    pub fn open(&self, account: &AccountKey, field: &str, sealed: &str) -> Result<Secret> {
        let config = &self.shared.config;
        let context = place(Purpose::Token, &config.client_key, account, field);
        config.vault.open(&context, sealed).map_err(|e| e.with_operation("open"))
    }

    /// The value under the current key and format, or `None` when it already is.
    pub fn reseal(&self, account: &AccountKey, field: &str, sealed: &str) -> Result<Option<String>> {
        let config = &self.shared.config;
        let context = place(Purpose::Token, &config.client_key, account, field);
        config.vault.reseal(&context, sealed).map_err(|e| e.with_operation("reseal"))
    }

    /// Renews the tokens of all connected accounts before anyone needs them, at most `at_once` at a time, while the
    /// returned handle lives and the client is open. Without it a token is renewed by the first call that needs it,
    /// which then waits for TikTok's answer.
    ///
    /// Accounts are taken one and a half to two margins before their token ends (a margin is 5 minutes, or a tenth of a
    /// shorter lifetime), spread at random, so that a restart makes no burst. One that failed rests 1 minute, doubling to
    /// 30. Several processes may do this on one store: an account is renewed once. [`ErrorKind::Closed`] when closed.
    pub fn renew_ahead(&self, at_once: NonZeroUsize) -> Result<RenewAhead> {
        let _running = self.enter().map_err(|error| error.with_operation("renew_ahead"))?;
        Ok(self.shared.session.renew_ahead(at_once, &self.shared.background.stop))
    }

    /// What happens to accounts from now on while nobody waits for it. Telling never waits for a reader: one that falls
    /// 256 events behind misses the oldest, and is told how many.
    #[must_use]
    pub fn events(&self) -> Events {
        self.shared.herald.subscribe()
    }

    /// Emits [`Event::Called`](crate::Event::Called) for each call that ends from now on, so that a host can keep a health record
    /// of each account: when a call last succeeded, the last error, how many requests are left. Emitting never waits for a reader, as
    /// in [`Client::events`].
    #[must_use]
    pub fn call_events(&self) -> Events {
        self.shared.herald.subscribe_to_calls()
    }

    /// Refuses new work from now on with [`ErrorKind::Closed`], and completes when running work has ended, however long that
    /// takes; [`Client::close_within`] has a deadline. May be called again.
    pub async fn close(&self) {
        self.refuse_new_work();
        self.settled().await;
        self.shared.herald.end();
    }

    fn enter(&self) -> Result<TaskTrackerToken> {
        if self.shared.running.is_closed() {
            return Err(Error::new(ErrorKind::Closed, "the client was closed; make a new one"));
        }
        Ok(self.shared.running.token())
    }

    /// Runs one operation: refused when closed, waited for by `close`, its errors named.
    async fn operation<T>(&self, name: &'static str, work: impl Future<Output = Result<T>>) -> Result<T> {
        let _running = self.enter().map_err(|error| error.with_operation(name))?;
        work.await.map_err(|error| error.with_operation(name))
    }
}
