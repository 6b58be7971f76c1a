//! Actions that a user takes in TikTok's own app, without an API call from the client.

use std::fmt;

use serde::Deserialize;

use crate::lifecycle;
use crate::model::RemovalReason;
use crate::model::World;
use crate::oauth::qr;
use crate::webhook::event;

/// Documented reasons why a post can fail (docs/tiktok-api.md 5.8).
const FAIL_REASONS: [&str; 13] = [
    "file_format_check_failed",
    "duration_check_failed",
    "frame_rate_check_failed",
    "picture_size_check_failed",
    "internal",
    "video_pull_failed",
    "photo_pull_failed",
    "publish_cancelled",
    "auth_removed",
    "spam_risk_too_many_posts",
    "spam_risk_user_banned_from_posting",
    "spam_risk_text",
    "spam_risk",
];

/// An action by a user. The control API accepts it as `{"kind": "finish_draft", "publish_id": ".."}`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum UserAction {
    /// Opens the draft in the inbox and posts it publicly (docs/tiktok-api.md 5.8, 14 E11).
    FinishDraft {
        /// Publish ID of a draft in `SEND_TO_USER_INBOX`.
        publish_id: String,
    },
    /// Deletes a public post, or hides it (docs/tiktok-api.md 6, `no_longer_publicaly_available`).
    RemovePost {
        /// Publish ID of the task that created the post.
        publish_id: String,
    },
    /// Scans the QR code of a login and consents (docs/tiktok-api.md 1.5).
    ConfirmQr {
        /// Token from `get_qrcode`.
        token: String,
        /// Username of the user who scans the code.
        username: String,
        /// Ticket in the scanned code. The app includes its own ticket there instead of `tobefilled`.
        #[serde(default = "qr::ticket_placeholder")]
        client_ticket: String,
    },
    /// Fails a post in progress (docs/tiktok-api.md 5.8), for a reason that the emulator does not check itself.
    FailPost {
        /// Publish ID of a task in progress.
        publish_id: String,
        /// Documented `fail_reason`, such as `spam_risk_text`.
        reason: String,
    },
    /// Revokes all of a user's grants because the account changed (docs/tiktok-api.md 6, `authorization.removed`).
    EndGrants {
        /// Username of the user.
        username: String,
        /// Reason for the revocation.
        reason: RevocationReason,
    },
    /// Posts through the legacy Share Kit (docs/tiktok-api.md 6: `video.publish.completed`, `video.upload.failed`). The only
    /// effect is a webhook.
    LegacyShare {
        /// Client key of the app.
        client_key: String,
        /// Username of the user.
        username: String,
        /// Share ID that the app chose.
        share_id: String,
        /// Sends `video.upload.failed` instead of `video.publish.completed`.
        #[serde(default)]
        failed: bool,
    },
    /// Marks an archive that a user requested through Data Portability as ready (docs/tiktok-api.md 6,
    /// `portability.download.ready`).
    ArchiveReady {
        /// Client key of the app.
        client_key: String,
        /// ID that TikTok returned for the request.
        request_id: i64,
    },
    /// Disconnects the app: its tokens become invalid and open publish tasks fail with `auth_removed`.
    Revoke {
        /// Client key of the app.
        client_key: String,
        /// Username of the user.
        username: String,
    },
}

/// Reason why an account loses all its grants: the `reason` in `authorization.removed`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RevocationReason {
    /// Reason 2: the account was deleted.
    AccountDeleted,
    /// Reason 3: the user's age changed.
    AgeChanged,
    /// Reason 4: the account was banned. The user can then no longer post.
    Banned,
}

/// Error for an action that is impossible in the current state. The message states the reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionError {
    message: String,
}

impl fmt::Display for ActionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ActionError {}

impl ActionError {
    fn new(message: impl Into<String>) -> Self {
        Self { message: message.into() }
    }
}

/// Performs the action at the current virtual time.
pub(crate) fn perform(world: &mut World, action: &UserAction) -> Result<(), ActionError> {
    match action {
        UserAction::FinishDraft { publish_id } => {
            let at = task(world, publish_id)?;
            if world.tasks[at].status() != "SEND_TO_USER_INBOX" {
                return Err(ActionError::new(format!(
                    "{publish_id} has the status {}; only a draft with the status SEND_TO_USER_INBOX can be finished",
                    world.tasks[at].status()
                )));
            }
            lifecycle::finish_draft(world, at);
        }
        UserAction::RemovePost { publish_id } => {
            let at = task(world, publish_id)?;
            if world.tasks[at].public_post_id(world.now_ms).is_none() {
                return Err(ActionError::new(format!(
                    "{publish_id} has no public post; post it with PUBLIC_TO_EVERYONE and wait until moderation has finished"
                )));
            }
            lifecycle::remove_post(world, at);
        }
        UserAction::ConfirmQr { token, username, client_ticket } => {
            if world.user(username).is_none() || !qr::confirm(world, token, username, client_ticket) {
                let message = "the token does not match an unscanned QR code, or the user does not exist; request a new QR code and use an existing user";
                return Err(ActionError::new(message));
            }
        }
        UserAction::FailPost { publish_id, reason } => {
            let at = task(world, publish_id)?;
            let known = FAIL_REASONS.into_iter().find(|known| known == reason).ok_or_else(|| {
                ActionError::new(format!(
                    "{reason:?} is not a documented fail_reason; use one of {}",
                    FAIL_REASONS.join(", ")
                ))
            })?;
            if !world.tasks[at].is_open() {
                let status = world.tasks[at].status();
                return Err(ActionError::new(format!(
                    "{publish_id} has the status {status}; only a task in progress can fail"
                )));
            }
            lifecycle::fail(world, at, known);
        }
        UserAction::EndGrants { username, reason } => end_all_grants(world, username, *reason)?,
        UserAction::LegacyShare { client_key, username, share_id, failed } => {
            if world.app(client_key).is_none() || world.user(username).is_none() {
                return Err(ActionError::new(
                    "the app or the user does not exist; GET /_emulator/state lists both",
                ));
            }
            event::legacy_share(world, client_key, username, share_id, *failed);
        }
        UserAction::ArchiveReady { client_key, request_id } => {
            if world.app(client_key).is_none() {
                return Err(ActionError::new(format!(
                    "no app has the client_key {client_key:?}; GET /_emulator/state lists all apps"
                )));
            }
            event::archive_ready(world, client_key, *request_id);
        }
        UserAction::Revoke { client_key, username } => {
            if !world.grants.contains_key(&(client_key.clone(), username.clone())) {
                return Err(ActionError::new(format!(
                    "@{username} has not granted access to {client_key}; grant it first"
                )));
            }
            lifecycle::revoke(world, client_key, username, RemovalReason::ByUser);
        }
    }
    Ok(())
}

fn end_all_grants(world: &mut World, username: &str, reason: RevocationReason) -> Result<(), ActionError> {
    let Some(user) = world.users.get_mut(username) else {
        return Err(ActionError::new(format!(
            "the user @{username} does not exist; GET /_emulator/state lists all users"
        )));
    };
    let removal = match reason {
        RevocationReason::AccountDeleted => RemovalReason::AccountDeleted,
        RevocationReason::AgeChanged => RemovalReason::AgeChanged,
        RevocationReason::Banned => {
            user.banned = true;
            RemovalReason::Banned
        }
    };
    // Follows the order of the apps, because the order of a hash map would differ between runs with the same seed.
    let keys: Vec<String> = world.apps.iter().map(|app| app.client_key.clone()).collect();
    for client_key in keys {
        lifecycle::revoke(world, &client_key, username, removal);
    }
    Ok(())
}

fn task(world: &World, publish_id: &str) -> Result<usize, ActionError> {
    let found = world.tasks.iter().rposition(|task| task.publish_id == publish_id);
    found.ok_or_else(|| {
        ActionError::new(format!(
            "no publish task has the publish_id {publish_id:?}; GET /_emulator/state lists all posts"
        ))
    })
}
