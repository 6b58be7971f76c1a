//! Scenario files: what an emulator starts with, as JSON or YAML, so that a run can be scenario, kept and replayed.

mod entry;
mod error;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::{Deserialize, Deserializer};

use crate::config::Settings;
use crate::faults::Fault;
use crate::world::World;
pub(crate) use entry::is_property;
use entry::{AppEntry, UserEntry};
pub use error::ScenarioError;

/// Target users of a sandbox (docs/tiktok-api.md 9).
const MAX_TARGETS: usize = 10;

/// What an emulator starts with and what a reset goes back to. Whatever it does not name stays as the emulator was started.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Scenario {
    /// One seed gives one history of ids, tokens, counters and faults with a probability.
    pub seed: Option<u64>,
    /// Rate windows and 24 h caps.
    pub limits: Option<bool>,
    pub(crate) clock: ClockEntry,
    pub(crate) settings: Option<Settings>,
    apps: Vec<AppEntry>,
    users: Vec<UserEntry>,
    /// Webhook addresses by `client_key`, for seeded apps too.
    webhooks: BTreeMap<String, String>,
    #[serde(deserialize_with = "checked_faults")]
    pub(crate) faults: Vec<Fault>,
}

/// Where virtual time begins.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ClockEntry {
    /// Unix milliseconds; the real time when absent.
    pub(crate) start_ms: Option<i64>,
    /// The clock moves only when it is scenario to.
    pub(crate) frozen: Option<bool>,
}

/// A rule that can never act is refused where it stands, so that the error has its line.
#[derive(Deserialize)]
#[serde(try_from = "Fault")]
struct CheckedFault(Fault);

impl TryFrom<Fault> for CheckedFault {
    type Error = String;

    fn try_from(fault: Fault) -> Result<Self, String> {
        fault.problem().map_or(Ok(Self(fault)), Err)
    }
}

fn checked_faults<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Fault>, D::Error> {
    let checked = Vec::<CheckedFault>::deserialize(deserializer)?;
    Ok(checked.into_iter().map(|CheckedFault(fault)| fault).collect())
}

impl Scenario {
    /// Reads JSON. The error names line, column, field and reason.
    pub fn from_json(text: &str) -> Result<Self, ScenarioError> {
        let mut reader = serde_json::Deserializer::from_str(text);
        let read: Result<Self, _> = serde_path_to_error::deserialize(&mut reader);
        let scenario = read.map_err(|error| ScenarioError::of_json(&error))?;
        reader.end().map_err(|error| ScenarioError::at_end(&error))?;
        scenario.checked(text)
    }

    /// Reads YAML. The error names line, column, field and reason.
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

    /// Reads a file: JSON if its name ends in `.json`, else YAML. The error names the file too.
    pub fn from_file(path: &Path) -> Result<Self, ScenarioError> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| ScenarioError::new("", &format!("the file cannot be read: {error}")));
        let is_json = path.extension().is_some_and(|end| end.eq_ignore_ascii_case("json"));
        let read =
            text.and_then(|text| if is_json { Self::from_json(&text) } else { Self::from_yaml(&text) });
        read.map_err(|error| error.in_file(path))
    }

    /// The clock moves only when it is scenario to, whatever the scenario says.
    pub fn freeze(&mut self) {
        self.clock.frozen = Some(true);
    }

    /// What no single entry can know: names that are given twice or belong to nobody.
    fn checked(self, text: &str) -> Result<Self, ScenarioError> {
        let refuse = |field: String, value: &str, reason: &str| {
            Err(ScenarioError::new(&field, &format!("{reason}: {value:?}")).found(text, value))
        };
        let mut keys: BTreeSet<&str> = BTreeSet::from(crate::seed::CLIENT_KEYS);
        let mut own_keys = BTreeSet::new();
        let mut usernames: BTreeSet<&str> = BTreeSet::from(crate::seed::USERNAMES);
        let mut own_names = BTreeSet::new();
        for (at, user) in self.users.iter().enumerate() {
            usernames.insert(&user.username);
            if !own_names.insert(&user.username) {
                return refuse(format!("users[{at}].username"), &user.username, "this user is given twice");
            }
        }
        for (at, app) in self.apps.iter().enumerate() {
            keys.insert(&app.client_key);
            if !own_keys.insert(&app.client_key) {
                return refuse(format!("apps[{at}].client_key"), &app.client_key, "this app is given twice");
            }
            if app.target_users.as_ref().is_some_and(|names| names.len() > MAX_TARGETS) {
                let field = format!("apps[{at}].target_users");
                return refuse(field, &app.client_key, "a sandbox has at most 10 target users");
            }
            let stranger = app.target_users.iter().flatten().find(|name| !usernames.contains(name.as_str()));
            if let Some(name) = stranger {
                return refuse(format!("apps[{at}].target_users"), name, "no user has this name");
            }
        }
        for (key, url) in &self.webhooks {
            if !keys.contains(key.as_str()) {
                return refuse(format!("webhooks.{key}"), key, "no app has this client_key");
            }
            if !entry::is_webhook_address(url) {
                return refuse(format!("webhooks.{key}"), url, "this is no http or https address");
            }
        }
        Ok(self)
    }

    /// Puts its apps, users and webhook addresses into a seeded world; one with the name of a seeded one replaces it.
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
