//! The complete state of one emulator: apps, users, grants, tokens, publish tasks. One lock protects all of it.

use std::collections::{BTreeSet, HashMap};

use indexmap::IndexMap;

use super::app::App;
use super::grant::{Code, QrLogin, Token};
use super::ids::Ids;
use super::limits::Limits;
use super::task::Task;
use super::user::User;
use super::webhook_queue::WebhookQueue;
use crate::settings::Settings;

/// The complete state of an emulator.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) now_ms: i64,
    pub(crate) limits_on: bool,
    pub(crate) settings: Settings,
    pub(crate) ids: Ids,
    pub(crate) apps: Vec<App>,
    /// Users by username, in the order of their creation.
    pub(crate) users: IndexMap<String, User>,
    /// Granted scopes by (client key, username).
    pub(crate) grants: HashMap<(String, String), BTreeSet<String>>,
    pub(crate) codes: HashMap<String, Code>,
    pub(crate) access: HashMap<String, Token>,
    pub(crate) refresh: HashMap<String, Token>,
    pub(crate) qr_logins: HashMap<String, QrLogin>,
    pub(crate) tasks: Vec<Task>,
    /// Unfinished tasks, as indexes into `tasks`.
    pub(crate) unfinished: Vec<usize>,
    /// Public posts in moderation: (end of the moderation, index into `tasks`).
    pub(crate) in_moderation: Vec<(i64, usize)>,
    pub(crate) webhook_queue: WebhookQueue,
    pub(crate) limits: Limits,
}

impl World {
    pub(crate) fn app(&self, client_key: &str) -> Option<&App> {
        self.apps.iter().find(|app| app.client_key == client_key)
    }

    pub(crate) fn app_mut(&mut self, client_key: &str) -> Option<&mut App> {
        self.apps.iter_mut().find(|app| app.client_key == client_key)
    }

    pub(crate) fn user(&self, username: &str) -> Option<&User> {
        self.users.get(username)
    }
}
