//! The emulator as a value: start it, turn its clock, look at what came in. Dropped is stopped.

use std::fmt;
use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::background;
use crate::config::{EmulatorConfig, Settings};
use crate::control;
use crate::faults::{Fault, FaultError};
use crate::oauth::authorize::{self, GrantError};
use crate::posting::task::PostSummary;
use crate::requests::RecordedRequest;
use crate::requests::expected::{self, ExpectedRequest, RequestMismatch};
use crate::scenario::Scenario;
use crate::server::{self, Shared};
use crate::user_actions::{self, ActionError, UserAction};
use crate::webhook::{RemovalReason, WebhookDelivery};

/// A running emulator on 127.0.0.1. Many can run in one process; they share nothing.
pub struct Emulator {
    shared: Arc<Shared>,
    port: u16,
    server: JoinHandle<()>,
    background: JoinHandle<()>,
}

impl fmt::Debug for Emulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Emulator").field("base_url", &self.shared.base_url).finish_non_exhaustive()
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.server.abort();
        self.background.abort();
    }
}

impl Emulator {
    /// Binds and serves on the caller's tokio runtime. Fails if the port is taken.
    pub async fn start(config: EmulatorConfig) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, config.port)).await?;
        let port = listener.local_addr()?.port();
        let shared = Arc::new(Shared::new(config, format!("http://127.0.0.1:{port}")));
        let server = tokio::spawn(server::serve(listener, Arc::clone(&shared)));
        let background = tokio::spawn(background::run(Arc::clone(&shared)));
        Ok(Self { shared, port, server, background })
    }

    /// `http://127.0.0.1:PORT`: API, authorize page and upload host at once.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.shared.base_url
    }

    /// The port it listens on.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Virtual time, unix milliseconds.
    #[must_use]
    pub fn now_ms(&self) -> i64 {
        self.shared.clock.now_ms()
    }

    /// Moves the clock and does all work that falls due; answers the new time.
    #[expect(clippy::must_use_candidate, reason = "called for its effect; the time is an extra")]
    pub fn advance(&self, by: Duration) -> i64 {
        self.shared.clock.advance(by);
        self.shared.world().now_ms
    }

    /// From now on the clock moves only by `advance`.
    pub fn freeze(&self) {
        self.shared.clock.freeze();
    }

    /// Everything as after the start: users, posts, faults, record, settings, clock.
    pub fn reset(&self) {
        self.shared.reset();
    }

    /// Begins anew with a scenario; a later reset goes back to it.
    pub fn load_scenario(&self, scenario: Scenario) {
        self.shared.load_scenario(scenario);
    }

    /// Consent without a browser, under the rules of the authorize page; answers the decoded code.
    pub fn grant(
        &self,
        client_key: &str,
        username: &str,
        scopes: &[&str],
        redirect_uri: &str,
        code_challenge: Option<&str>,
    ) -> Result<String, GrantError> {
        let mut world = self.shared.world();
        authorize::grant(&mut world, client_key, username, scopes, redirect_uri, code_challenge)
    }

    /// The user disconnects the app: tokens die, open tasks fail with `auth_removed`.
    pub fn revoke(&self, client_key: &str, username: &str) {
        self.shared.world().revoke(client_key, username, RemovalReason::ByUser);
    }

    /// Does what a user would do in TikTok's own app. Fails with a sentence if it is impossible.
    pub fn act(&self, action: &UserAction) -> Result<(), ActionError> {
        user_actions::perform(&mut self.shared.world(), action)
    }

    /// Returns once all pulls that were asked for and all webhooks that are due have been tried. `POST /_emulator/clock` waits
    /// for the same.
    pub async fn settled(&self) {
        background::run_due(&self.shared).await;
    }

    /// Where an app's webhooks go, an http address; `None` sends none. `false` if there is no such app.
    #[expect(clippy::must_use_candidate, reason = "called for its effect")]
    pub fn set_webhook_url(&self, client_key: &str, url: Option<&str>) -> bool {
        let mut world = self.shared.world();
        let app = world.app_mut(client_key);
        app.map(|app| app.webhook_url = url.map(str::to_owned)).is_some()
    }

    /// All webhooks and their answers, oldest first.
    #[must_use]
    pub fn webhooks(&self) -> Vec<WebhookDelivery> {
        self.shared.world().webhook_queue.all().to_vec()
    }

    /// Changes switches while it runs.
    pub fn configure(&self, change: impl FnOnce(&mut Settings)) {
        change(&mut self.shared.world().settings);
    }

    /// Adds a fault rule and answers its id. Fails if it can never act, for example because no endpoint has its name.
    pub fn add_fault(&self, fault: Fault) -> Result<u64, FaultError> {
        fault.check()?;
        Ok(self.shared.faults().add(fault))
    }

    /// All fault rules with what they have seen and hit so far.
    #[must_use]
    pub fn faults(&self) -> Vec<Fault> {
        self.shared.faults().all().to_vec()
    }

    /// Switches a fault rule on or off; while off it neither acts nor counts. `false` if there is no such rule.
    #[expect(clippy::must_use_candidate, reason = "called for its effect")]
    pub fn set_fault_enabled(&self, id: u64, enabled: bool) -> bool {
        self.shared.faults().set_enabled(id, enabled)
    }

    /// Removes one fault rule; `false` if there is no such rule.
    #[expect(clippy::must_use_candidate, reason = "called for its effect")]
    pub fn remove_fault(&self, id: u64) -> bool {
        self.shared.faults().remove(id)
    }

    /// Removes all fault rules.
    pub fn clear_faults(&self) {
        self.shared.faults().clear();
    }

    /// The last 10,000 requests to TikTok's endpoints, oldest first, secrets masked.
    #[must_use]
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.shared.log().all()
    }

    /// How many recorded requests went to a path (`/v2/user/info/`) or endpoint (`user_info`).
    #[must_use]
    pub fn count(&self, what: &str) -> usize {
        self.shared.log().count(what)
    }

    /// Exactly these requests came, in this order: names of endpoints (`user_info`), or [`ExpectedRequest`]s that say more.
    /// Fails with the first difference and a list of what came.
    pub fn expect_requests<E>(&self, expected: &[E]) -> Result<(), RequestMismatch>
    where
        E: Clone + Into<ExpectedRequest>,
    {
        let expected: Vec<ExpectedRequest> = expected.iter().cloned().map(Into::into).collect();
        expected::compare(&self.requests(), &expected)
    }

    /// As many requests as `expected.times` says are like it, wherever they are in the record.
    pub fn expect_count(&self, expected: &ExpectedRequest) -> Result<(), RequestMismatch> {
        expected::count(&self.requests(), expected)
    }

    /// All publish tasks, oldest first.
    #[must_use]
    pub fn posts(&self) -> Vec<PostSummary> {
        let world = self.shared.world();
        world.tasks.iter().map(|task| task.summary(world.now_ms)).collect()
    }

    /// What `GET /_emulator/state` answers.
    #[must_use]
    pub fn state(&self) -> Value {
        control::state(&self.shared)
    }
}
