//! What a user does in TikTok's own app, where no API call of the client is involved.

use std::fmt;

use serde::Deserialize;

use crate::oauth::qr;
use crate::webhook::{RemovalReason, event};
use crate::world::World;

/// Reasons of a failed post (docs/tiktok-api.md 5.8).
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

/// One act of a user. In the control API it is `{"kind": "finish_draft", "publish_id": ".."}` and so on.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum UserAction {
    /// Opens the draft in the inbox and posts it for everyone (docs/tiktok-api.md 5.8, 14 E11).
    FinishDraft {
        /// The draft, in `SEND_TO_USER_INBOX`.
        publish_id: String,
    },
    /// Deletes a public post, or hides it (docs/tiktok-api.md 6, `no_longer_publicaly_available`).
    RemovePost {
        /// The task that posted it.
        publish_id: String,
    },
    /// Scans the QR code of a login and consents (docs/tiktok-api.md 1.5).
    ConfirmQr {
        /// As `get_qrcode` answered it.
        token: String,
        /// CallDetails scans.
        username: String,
        /// The ticket in the code that was scanned; the app writes its own in place of `tobefilled`.
        #[serde(default = "qr::unfilled")]
        client_ticket: String,
    },
    /// TikTok itself refuses a post that is on its way (docs/tiktok-api.md 5.8): what no rule of this emulator could judge.
    FailPost {
        /// The task, not yet posted.
        publish_id: String,
        /// A documented `fail_reason` such as `spam_risk_text`.
        reason: String,
    },
    /// Loses all grants at once, because of the account itself (docs/tiktok-api.md 6, `authorization.removed`).
    EndGrants {
        /// The user.
        username: String,
        /// Why.
        reason: RevocationReason,
    },
    /// Posts by the Share Kit of old (docs/tiktok-api.md 6: `video.publish.completed`, `video.upload.failed`). Only webhooks
    /// tell of it.
    LegacyShare {
        /// The app.
        client_key: String,
        /// The user.
        username: String,
        /// As the app chose it.
        share_id: String,
        /// The upload failed.
        #[serde(default)]
        failed: bool,
    },
    /// The archive that was asked for by Data Portability is ready (docs/tiktok-api.md 6, `portability.download.ready`).
    ArchiveReady {
        /// The app.
        client_key: String,
        /// As TikTok answered it.
        request_id: i64,
    },
    /// Disconnects the app: tokens die, open tasks fail with `auth_removed`.
    Revoke {
        /// The app.
        client_key: String,
        /// The user.
        username: String,
    },
}

/// Why an account loses all its grants; the `reason` of `authorization.removed`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RevocationReason {
    /// Reason 2.
    AccountDeleted,
    /// Reason 3.
    AgeChanged,
    /// Reason 4; the user may not post any more either.
    Banned,
}

/// The act is impossible: a sentence that says why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionError {
    sentence: String,
}

impl fmt::Display for ActionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

impl std::error::Error for ActionError {}

impl ActionError {
    fn new(sentence: impl Into<String>) -> Self {
        Self { sentence: sentence.into() }
    }
}

/// Does it at once, at the world's present.
pub(crate) fn perform(world: &mut World, action: &UserAction) -> Result<(), ActionError> {
    match action {
        UserAction::FinishDraft { publish_id } => {
            let at = task(world, publish_id)?;
            if world.tasks[at].status() != "SEND_TO_USER_INBOX" {
                return Err(ActionError::new(format!(
                    "{publish_id} is in {} and not in the inbox: only a draft in SEND_TO_USER_INBOX can be finished",
                    world.tasks[at].status()
                )));
            }
            world.finish_draft(at);
        }
        UserAction::RemovePost { publish_id } => {
            let at = task(world, publish_id)?;
            if world.tasks[at].public_post_id(world.now_ms).is_none() {
                return Err(ActionError::new(format!(
                    "{publish_id} has no public post that could be removed"
                )));
            }
            world.remove_post(at);
        }
        UserAction::ConfirmQr { token, username, client_ticket } => {
            if world.user(username).is_none() || !qr::confirm(world, token, username, client_ticket) {
                let sentence = "no QR code of this token waits for a scan, or there is no such user";
                return Err(ActionError::new(sentence));
            }
        }
        UserAction::FailPost { publish_id, reason } => {
            let at = task(world, publish_id)?;
            let known = FAIL_REASONS.into_iter().find(|known| known == reason).ok_or_else(|| {
                ActionError::new(format!(
                    "{reason:?} is no fail_reason: use one of {}",
                    FAIL_REASONS.join(", ")
                ))
            })?;
            if !world.tasks[at].is_open() {
                let status = world.tasks[at].status();
                return Err(ActionError::new(format!(
                    "{publish_id} is in {status} and cannot fail any more"
                )));
            }
            world.fail(at, known);
        }
        UserAction::EndGrants { username, reason } => end_all_grants(world, username, *reason)?,
        UserAction::LegacyShare { client_key, username, share_id, failed } => {
            if world.app(client_key).is_none() || world.user(username).is_none() {
                return Err(ActionError::new("there is no such app or no such user"));
            }
            event::legacy_share(world, client_key, username, share_id, *failed);
        }
        UserAction::ArchiveReady { client_key, request_id } => {
            if world.app(client_key).is_none() {
                return Err(ActionError::new(format!("no app has the client_key {client_key:?}")));
            }
            event::archive_ready(world, client_key, *request_id);
        }
        UserAction::Revoke { client_key, username } => {
            if !world.grants.contains_key(&(client_key.clone(), username.clone())) {
                return Err(ActionError::new(format!("@{username} has granted nothing to {client_key}")));
            }
            world.revoke(client_key, username, RemovalReason::ByUser);
        }
    }
    Ok(())
}

fn end_all_grants(world: &mut World, username: &str, reason: RevocationReason) -> Result<(), ActionError> {
    let Some(user) = world.users.get_mut(username) else {
        return Err(ActionError::new(format!("there is no user @{username}")));
    };
    let removal = match reason {
        RevocationReason::AccountDeleted => RemovalReason::AccountDeleted,
        RevocationReason::AgeChanged => RemovalReason::AgeChanged,
        RevocationReason::Banned => {
            user.banned = true;
            RemovalReason::Banned
        }
    };
    // In the order of the apps and not of a hash, so that one seed stays one history.
    let keys: Vec<String> = world.apps.iter().map(|app| app.client_key.clone()).collect();
    for client_key in keys {
        world.revoke(&client_key, username, removal);
    }
    Ok(())
}

fn task(world: &World, publish_id: &str) -> Result<usize, ActionError> {
    let found = world.tasks.iter().rposition(|task| task.publish_id == publish_id);
    found.ok_or_else(|| ActionError::new(format!("no publish task has the publish_id {publish_id:?}")))
}
