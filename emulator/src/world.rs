//! The complete state of one emulator: apps, users, grants, tokens, publish tasks. One lock protects all of it.

use std::collections::{BTreeSet, HashMap};

use hyper::header;
use indexmap::IndexMap;

use crate::config::Settings;
use crate::display::feed::Video;
use crate::ids::Ids;
use crate::limits::Limits;
use crate::oauth::qr::QrLogin;
use crate::oauth::redirect::RedirectRule;
use crate::posting::task::Task;
use crate::webhook::{RemovalReason, WebhookQueue, event};
use crate::wire::{ApiError, Call};

/// A registered app (docs/tiktok-api.md 14 E1).
#[derive(Debug, Clone)]
pub(crate) struct App {
    pub(crate) client_key: String,
    pub(crate) client_secret: String,
    pub(crate) name: String,
    pub(crate) audited: bool,
    /// Number of creators who can post within 24 h. Absent: 5 for an app that is not audited, no limit for an audited one
    /// (5.11).
    pub(crate) active_user_cap: Option<usize>,
    /// The only users who can log in; only for sandbox apps.
    pub(crate) target_users: Option<Vec<String>>,
    pub(crate) redirects: Vec<RedirectRule>,
    pub(crate) scopes: Vec<&'static str>,
    pub(crate) webhook_url: Option<String>,
    pub(crate) url_properties: Vec<String>,
}

/// A TikTok user.
#[derive(Debug, Clone, Default)]
pub(crate) struct User {
    pub(crate) username: String,
    pub(crate) display_name: String,
    pub(crate) bio: String,
    pub(crate) verified: bool,
    pub(crate) private: bool,
    pub(crate) banned: bool,
    pub(crate) capped: bool,
    /// The TikTok app on the user's phone is older than 31.8 (docs/tiktok-api.md 5.5).
    pub(crate) old_app: bool,
    pub(crate) comment_disabled: bool,
    pub(crate) duet_disabled: bool,
    pub(crate) stitch_disabled: bool,
    pub(crate) max_duration_sec: i64,
    pub(crate) followers: i64,
    pub(crate) following: i64,
    pub(crate) joined_ms: i64,
    pub(crate) videos: Vec<Video>,
}

/// An authorization code that has not been exchanged.
#[derive(Debug)]
pub(crate) struct Code {
    pub(crate) client_key: String,
    pub(crate) username: String,
    pub(crate) scopes: BTreeSet<String>,
    pub(crate) redirect_uri: String,
    pub(crate) challenge: Option<String>,
    pub(crate) expires_ms: i64,
}

/// Data of an access or refresh token.
#[derive(Debug, Clone)]
pub(crate) struct Token {
    pub(crate) client_key: String,
    /// Empty for a client token.
    pub(crate) username: String,
    pub(crate) scopes: BTreeSet<String>,
    pub(crate) expires_ms: i64,
    /// Number of refreshes of this grant.
    pub(crate) refreshes: u64,
}

/// Owner and scopes of the token in a request.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    pub(crate) token: String,
    pub(crate) client_key: String,
    pub(crate) username: String,
    pub(crate) scopes: BTreeSet<String>,
}

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
    /// Open tasks, as indexes into `tasks`.
    pub(crate) unfinished: Vec<usize>,
    /// Public posts in moderation: (end of the moderation, index into `tasks`).
    pub(crate) in_moderation: Vec<(i64, usize)>,
    pub(crate) webhook_queue: WebhookQueue,
    pub(crate) limits: Limits,
}

impl App {
    /// Returns true if the URL lies in a verified property: below a URL prefix, or on a domain or one of its sub-domains
    /// (docs/tiktok-api.md 5.6).
    pub(crate) fn owns(&self, url: &str) -> bool {
        let parsed = url::Url::parse(url).ok();
        let host = parsed.as_ref().and_then(url::Url::host_str).unwrap_or_default();
        let covers = |property: &String| {
            if property.contains("://") {
                return url.starts_with(property.as_str());
            }
            host.strip_suffix(property.as_str()).is_some_and(|sub| sub.is_empty() || sub.ends_with('.'))
        };
        self.url_properties.iter().any(covers)
    }

    /// Returns true if the user can log in to this app. A sandbox app only admits its target users.
    pub(crate) fn admits(&self, username: &str) -> bool {
        self.target_users.as_ref().is_none_or(|targets| targets.iter().any(|name| name == username))
    }
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

    /// Advances the world to `now_ms` and does all work that became due, in the order in which it became due.
    pub(crate) fn advance_to(&mut self, now_ms: i64) {
        self.now_ms = self.now_ms.max(now_ms);
        let mut due: Vec<(i64, usize)> = self
            .unfinished
            .iter()
            .filter_map(|&at| self.tasks[at].due_ms(&self.settings).map(|due| (due, at)))
            .filter(|(due, _)| *due <= self.now_ms)
            .collect();
        due.sort_unstable();
        for (due_ms, at) in due {
            let username = self.tasks[at].username.clone();
            let max_sec = self.user(&username).map_or(i64::MAX, |user| user.max_duration_sec);
            let video = self.tasks[at].finish(due_ms, &self.settings, &mut self.ids, max_sec);
            self.finish_task(at, due_ms, video);
        }
        let tasks = &self.tasks;
        self.unfinished.retain(|&at| tasks[at].is_open());
        let now_ms = self.now_ms;
        let mut shown: Vec<(i64, usize)> =
            self.in_moderation.extract_if(.., |(at, _)| *at <= now_ms).collect();
        shown.sort_unstable();
        for (at_ms, at) in shown {
            event::post(self, at, "publicly_available", at_ms);
        }
    }

    /// Emits the event for the end of a task and adds its video, if any, to the profile.
    fn finish_task(&mut self, at: usize, when_ms: i64, video: Option<Video>) {
        let task = &self.tasks[at];
        let event = match task.status() {
            "FAILED" => "failed",
            "SEND_TO_USER_INBOX" => "inbox_delivered",
            _ => "complete",
        };
        let username = task.username.clone();
        event::post(self, at, event, when_ms);
        let Some(video) = video else { return };
        // A photo post has an ID but is not in `video/list` (docs/tiktok-api.md 4.2).
        self.in_moderation.push((video.public_from_ms, at));
        let is_video = !self.tasks[at].is_photos();
        if is_video && let Some(user) = self.users.get_mut(&username) {
            user.add_video(video);
        }
    }

    /// Posts the draft at `at` as its creator: publicly, or for followers on a private account.
    pub(crate) fn finish_draft(&mut self, at: usize) {
        let is_private = self.user(&self.tasks[at].username).is_some_and(|user| user.private);
        let video = self.tasks[at].post_draft(self.now_ms, !is_private, &self.settings, &mut self.ids);
        self.finish_task(at, self.now_ms, video);
    }

    /// Removes the post of the task at `at` from the public.
    pub(crate) fn remove_post(&mut self, at: usize) {
        event::post(self, at, "no_longer_publicaly_available", self.now_ms);
        let id = self.tasks[at].announced_post_id();
        self.tasks[at].hide_post();
        let username = &self.tasks[at].username;
        if let Some(user) = self.users.get_mut(username) {
            user.videos.retain(|video| Some(video.id) != id);
        }
    }

    /// Fails the task at `at` before its processing ends.
    pub(crate) fn fail(&mut self, at: usize, reason: &'static str) {
        self.tasks[at].fail(reason);
        event::post(self, at, "failed", self.now_ms);
    }

    /// Returns the session of the bearer token if the user granted one of `scopes` (docs/tiktok-api.md 14 E8: token first, then
    /// scope).
    pub(crate) fn session(&self, call: &mut Call, scopes: &[&str]) -> Result<Session, ApiError> {
        let token = call
            .header(header::AUTHORIZATION)
            .and_then(|value| value.strip_prefix("Bearer "))
            .map(str::trim)
            .ok_or_else(ApiError::token)?;
        let found = self
            .access
            .get(token)
            .filter(|found| self.now_ms < found.expires_ms)
            .ok_or_else(ApiError::token)?;
        let session = Session {
            token: token.to_owned(),
            client_key: found.client_key.clone(),
            username: found.username.clone(),
            scopes: found.scopes.clone(),
        };
        call.details.client_key = Some(session.client_key.clone());
        if session.username.is_empty() {
            return Err(ApiError::scope());
        }
        call.details.username = Some(session.username.clone());
        let app_allows =
            |scope: &str| self.app(&session.client_key).is_some_and(|app| app.scopes.contains(&scope));
        if scopes.iter().any(|scope| session.scopes.contains(*scope) && app_allows(scope)) {
            Ok(session)
        } else {
            Err(ApiError::scope())
        }
    }

    /// Counts the request in the sliding minute of `endpoint`, or returns `rate_limit_exceeded`.
    pub(crate) fn check_rate(
        &mut self,
        endpoint: &'static str,
        key: &str,
        per_minute: usize,
    ) -> Result<(), ApiError> {
        if !self.limits_on || self.limits.try_count(endpoint, key, per_minute, self.now_ms) {
            Ok(())
        } else {
            Err(ApiError::rate())
        }
    }

    /// Revokes a grant: its tokens become invalid and open tasks fail with `auth_removed` (docs/tiktok-api.md 2.4, 5.8, 6).
    pub(crate) fn revoke(&mut self, client_key: &str, username: &str, reason: RemovalReason) {
        let is_other = |token: &Token| token.client_key != client_key || token.username != username;
        self.access.retain(|_, token| is_other(token));
        self.refresh.retain(|_, token| is_other(token));
        self.codes.retain(|_, code| code.client_key != client_key || code.username != username);
        let had = self.grants.remove(&(client_key.to_owned(), username.to_owned())).is_some();
        if had {
            event::authorization_removed(self, client_key, username, reason);
        }
        let is_hit =
            |task: &Task| task.client_key == client_key && task.username == username && task.is_open();
        let open: Vec<usize> = (0..self.tasks.len()).filter(|&at| is_hit(&self.tasks[at])).collect();
        for at in open {
            self.fail(at, "auth_removed");
        }
    }
}

impl User {
    /// Adds a video with a unique creation time: the cursor of `video/list` would skip one of two videos of the same
    /// millisecond.
    pub(crate) fn add_video(&mut self, mut video: Video) {
        while self.videos.iter().any(|other| other.created_ms == video.created_ms) {
            video.created_ms += 1;
        }
        self.videos.push(video);
    }

    /// Returns the videos that `video/list` shows at `now_ms`, newest first.
    pub(crate) fn public_videos(&self, now_ms: i64) -> Vec<&Video> {
        let mut all: Vec<&Video> =
            self.videos.iter().filter(|video| video.public_from_ms <= now_ms).collect();
        if self.private {
            all.clear();
        }
        all.sort_by_key(|video| std::cmp::Reverse(video.created_ms));
        all
    }
}
