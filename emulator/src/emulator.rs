//! Runs an emulator inside the caller's process. Dropping the [`Emulator`] stops the server.

use std::fmt;
use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::background;
use crate::config::EmulatorConfig;
use crate::control::report;
use crate::control::user_actions::{self, ActionError, UserAction};
use crate::faults::{Fault, FaultError};
use crate::lifecycle;
use crate::model::RemovalReason;
use crate::model::task::PostSummary;
use crate::model::webhook_queue::WebhookDelivery;
use crate::oauth::authorize::{self, GrantError};
use crate::requests::RecordedRequest;
use crate::requests::expected::{self, ExpectedRequest, RequestMismatch};
use crate::scenario::Scenario;
use crate::server;
use crate::settings::Settings;
use crate::state::Shared;

/// A running emulator on 127.0.0.1. Several emulators in one process share no state.
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
    /// Starts an emulator on the caller's tokio runtime.
    ///
    /// # Errors
    ///
    /// Fails if the port cannot be bound.
    pub async fn start(config: EmulatorConfig) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, config.port)).await?;
        let port = listener.local_addr()?.port();
        let shared = Arc::new(Shared::new(config, format!("http://127.0.0.1:{port}")));
        let server = tokio::spawn(server::serve(listener, Arc::clone(&shared)));
        let background = tokio::spawn(background::run(Arc::clone(&shared)));
        Ok(Self { shared, port, server, background })
    }

    /// Returns the base URL of the API, the authorize page and the upload host: `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.shared.base_url
    }

    /// Returns the port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Returns the virtual time, Unix milliseconds.
    #[must_use]
    pub fn now_ms(&self) -> i64 {
        self.shared.clock.now_ms()
    }

    /// Advances the clock and does all work that becomes due, except pulls and webhooks. Returns the new virtual time.
    #[expect(clippy::must_use_candidate, reason = "called for its effect; the returned time is optional")]
    pub fn advance(&self, by: Duration) -> i64 {
        self.shared.clock.advance(by);
        self.shared.world().now_ms
    }

    /// Freezes the clock. From then on, only `advance` moves it.
    pub fn freeze(&self) {
        self.shared.clock.freeze();
    }

    /// Restores the initial state: users, posts, faults, recorded requests, settings, clock.
    pub fn reset(&self) {
        self.shared.reset();
    }

    /// Restarts with a scenario. Later resets restore the same scenario.
    pub fn load_scenario(&self, scenario: Scenario) {
        self.shared.load_scenario(scenario);
    }

    /// Grants an app access without a browser, under the rules of the authorize page. Returns the decoded authorization
    /// code.
    ///
    /// # Errors
    ///
    /// Fails if the authorize page would reject an argument.
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

    /// Disconnects the app as the user: its tokens become invalid and open publish tasks fail with `auth_removed`.
    pub fn revoke(&self, client_key: &str, username: &str) {
        lifecycle::revoke(&mut self.shared.world(), client_key, username, RemovalReason::ByUser);
    }

    /// Performs an action that a user takes in TikTok's own app.
    ///
    /// # Errors
    ///
    /// Fails if the action is impossible in the current state.
    pub fn act(&self, action: &UserAction) -> Result<(), ActionError> {
        user_actions::perform(&mut self.shared.world(), action)
    }

    /// Waits until all pending pulls and all due webhooks have been attempted, as `POST /_emulator/clock` does.
    pub async fn settled(&self) {
        background::run_due(&self.shared).await;
    }

    /// Sets the http URL that receives an app's webhooks; `None` stops them. Returns false if no app has this client
    /// key.
    #[expect(clippy::must_use_candidate, reason = "called for its effect")]
    pub fn set_webhook_url(&self, client_key: &str, url: Option<&str>) -> bool {
        let mut world = self.shared.world();
        let app = world.app_mut(client_key);
        app.map(|app| app.webhook_url = url.map(str::to_owned)).is_some()
    }

    /// Returns all webhooks with their delivery attempts, oldest first.
    #[must_use]
    pub fn webhooks(&self) -> Vec<WebhookDelivery> {
        self.shared.world().webhook_queue.all().to_vec()
    }

    /// Changes settings while the emulator runs.
    pub fn configure(&self, change: impl FnOnce(&mut Settings)) {
        change(&mut self.shared.world().settings);
    }

    /// Adds a fault rule and returns its ID.
    ///
    /// # Errors
    ///
    /// Fails if the rule can never act, for example because its endpoint does not exist.
    pub fn add_fault(&self, fault: Fault) -> Result<u64, FaultError> {
        fault.check()?;
        Ok(self.shared.faults().add(fault))
    }

    /// Returns all fault rules, each with the number of calls that it matched and changed.
    #[must_use]
    pub fn faults(&self) -> Vec<Fault> {
        self.shared.faults().all().to_vec()
    }

    /// Enables or disables a fault rule. A disabled rule neither acts nor counts calls. Returns false if no rule has
    /// this ID.
    #[expect(clippy::must_use_candidate, reason = "called for its effect")]
    pub fn set_fault_enabled(&self, id: u64, enabled: bool) -> bool {
        self.shared.faults().set_enabled(id, enabled)
    }

    /// Removes one fault rule. Returns false if no rule has this ID.
    #[expect(clippy::must_use_candidate, reason = "called for its effect")]
    pub fn remove_fault(&self, id: u64) -> bool {
        self.shared.faults().remove(id)
    }

    /// Removes all fault rules.
    pub fn clear_faults(&self) {
        self.shared.faults().clear();
    }

    /// Returns the last 10,000 requests to TikTok's endpoints, oldest first, with secrets masked.
    #[must_use]
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.shared.log().all()
    }

    /// Returns the number of recorded requests to a path (`/v2/user/info/`) or endpoint (`user_info`).
    #[must_use]
    pub fn count(&self, what: &str) -> usize {
        self.shared.log().count(what)
    }

    /// Compares all recorded requests with the expected ones, in order. Each expectation is an endpoint name
    /// (`user_info`), or an [`ExpectedRequest`] that compares more fields.
    ///
    /// # Errors
    ///
    /// Fails if the requests differ. The error contains the first difference and all recorded requests.
    pub fn expect_requests<E>(&self, expected: &[E]) -> Result<(), RequestMismatch>
    where
        E: Clone + Into<ExpectedRequest>,
    {
        let expected: Vec<ExpectedRequest> = expected.iter().cloned().map(Into::into).collect();
        expected::compare(&self.requests(), &expected)
    }

    /// Checks that exactly `expected.times` recorded requests match `expected`, in any position.
    ///
    /// # Errors
    ///
    /// Fails if another number of requests matches.
    pub fn expect_count(&self, expected: &ExpectedRequest) -> Result<(), RequestMismatch> {
        expected::count(&self.requests(), expected)
    }

    /// Returns all publish tasks, oldest first.
    #[must_use]
    pub fn posts(&self) -> Vec<PostSummary> {
        let world = self.shared.world();
        world.tasks.iter().map(|task| task.summary(world.now_ms)).collect()
    }

    /// Returns the same JSON as `GET /_emulator/state`.
    #[must_use]
    pub fn state(&self) -> Value {
        report::state(&self.shared)
    }
}
