//! Scenario files: the initial state of an emulator as JSON or YAML, so that a run can be described, saved and
//! reproduced.

mod entry;
mod error;
pub(crate) mod seed;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Deserialize;

use crate::faults::Fault;
use crate::model::World;
use crate::settings::Settings;
pub(crate) use entry::is_property;
use entry::{AppEntry, UserEntry};
pub use error::ScenarioError;

/// Maximum number of target users of a sandbox (docs/tiktok-api.md 9).
const MAX_TARGETS: usize = 10;

/// Initial state of an emulator, which a reset restores. Values that the scenario does not set come from the
/// configuration.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Scenario {
    /// Seed of all IDs, tokens, counters and fault probabilities.
    pub seed: Option<u64>,
    /// Enforces the rate limits and 24 h caps.
    pub limits: Option<bool>,
    pub(crate) clock: ClockEntry,
    pub(crate) settings: Option<Settings>,
    apps: Vec<AppEntry>,
    users: Vec<UserEntry>,
    /// Webhook URLs by `client_key`, including those of seeded apps.
    webhooks: BTreeMap<String, String>,
    pub(crate) faults: Vec<Fault>,
}

/// Start of the virtual clock.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ClockEntry {
    /// Start time, Unix milliseconds; the current real time when absent.
    pub(crate) start_ms: Option<i64>,
    /// Freezes the clock, so that only `advance` moves it.
    pub(crate) frozen: Option<bool>,
}

impl Scenario {
    /// Parses a scenario in JSON.
    ///
    /// # Errors
    ///
    /// Fails if the scenario is invalid. The error contains line, column, field and reason.
    pub fn from_json(text: &str) -> Result<Self, ScenarioError> {
        let mut reader = serde_json::Deserializer::from_str(text);
        let read: Result<Self, _> = serde_path_to_error::deserialize(&mut reader);
        let scenario = read.map_err(|error| ScenarioError::of_json(&error))?;
        reader.end().map_err(|error| ScenarioError::at_end(&error))?;
        scenario.checked(text)
    }

    /// Parses a scenario in YAML.
    ///
    /// # Errors
    ///
    /// Fails if the scenario is invalid. The error contains line, column, field and reason.
    pub fn from_yaml(text: &str) -> Result<Self, ScenarioError> {
        let mut field = String::new();
        let read = serde_saphyr::with_deserializer_from_str(text, |reader| {
            serde_path_to_error::deserialize(reader).map_err(|error| {
                field = error.path().to_string();
                error.into_inner()
            })
        });
        let scenario: Self = read.map_err(|error| ScenarioError::of_yaml(&error, &field))?;
        scenario.checked(text)
    }

    /// Reads a scenario file: JSON if its name ends in `.json`, otherwise YAML.
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be read or the scenario is invalid. The error also contains the file name.
    pub fn from_file(path: &Path) -> Result<Self, ScenarioError> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| ScenarioError::new("", &format!("cannot read the file: {error}")));
        let is_json = path.extension().is_some_and(|end| end.eq_ignore_ascii_case("json"));
        let read =
            text.and_then(|text| if is_json { Self::from_json(&text) } else { Self::from_yaml(&text) });
        read.map_err(|error| error.in_file(path))
    }

    /// Freezes the clock, whatever the scenario sets.
    pub fn freeze(&mut self) {
        self.clock.frozen = Some(true);
    }

    /// Completes every authorize request as this user, whatever the scenario sets.
    pub fn consent_as(&mut self, username: String) {
        self.settings.get_or_insert_default().auto_consent = Some(username);
    }

    /// Validates the entries together: rejects duplicate names and unknown references.
    fn checked(self, text: &str) -> Result<Self, ScenarioError> {
        let reject = |field: String, value: &str, reason: &str| {
            Err(ScenarioError::new(&field, &format!("{reason}: {value:?}")).located_at(text, value))
        };
        let mut keys: BTreeSet<&str> = BTreeSet::from(seed::CLIENT_KEYS);
        let mut own_keys = BTreeSet::new();
        let mut usernames: BTreeSet<&str> = BTreeSet::from(seed::USERNAMES);
        let mut own_names = BTreeSet::new();
        for (at, user) in self.users.iter().enumerate() {
            usernames.insert(&user.username);
            if !own_names.insert(&user.username) {
                return reject(format!("users[{at}].username"), &user.username, "duplicate user");
            }
        }
        for (at, app) in self.apps.iter().enumerate() {
            keys.insert(&app.client_key);
            if !own_keys.insert(&app.client_key) {
                return reject(format!("apps[{at}].client_key"), &app.client_key, "duplicate app");
            }
            if app.target_users.as_ref().is_some_and(|names| names.len() > MAX_TARGETS) {
                let field = format!("apps[{at}].target_users");
                return reject(field, &app.client_key, "a sandbox has at most 10 target users");
            }
            let unknown = app.target_users.iter().flatten().find(|name| !usernames.contains(name.as_str()));
            if let Some(name) = unknown {
                return reject(format!("apps[{at}].target_users"), name, "unknown user");
            }
        }
        for (key, url) in &self.webhooks {
            if !keys.contains(key.as_str()) {
                return reject(format!("webhooks.{key}"), key, "unknown client_key");
            }
            if !entry::is_webhook_address(url) {
                return reject(format!("webhooks.{key}"), url, "not an http or https URL");
            }
        }
        Ok(self)
    }

    /// Adds the scenario's apps, users and webhook URLs to a seeded `World`. An entry with the name of a seeded app or
    /// user replaces it.
    pub(crate) fn apply_to(&self, world: &mut World) {
        for entry in &self.users {
            let user = entry.user(&mut world.ids, world.now_ms);
            world.users.insert(user.username.clone(), user);
        }
        for entry in &self.apps {
            let app = entry.app();
            match world.app_mut(&app.client_key) {
                Some(seeded) => *seeded = app,
                None => world.apps.push(app),
            }
        }
        for (key, url) in &self.webhooks {
            if let Some(app) = world.app_mut(key) {
                app.webhook_url = Some(url.clone());
            }
        }
    }
}
