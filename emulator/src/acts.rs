//! What a user does in TikTok's own app, where no API call of the client is involved.

use std::fmt;

use serde::Deserialize;

use crate::oauth::qr;
use crate::webhook::Removal;
use crate::world::World;

/// One act of a user. In the control API it is `{"kind": "finish_draft", "publish_id": ".."}` and so on.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum UserAct {
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
        /// Who scans.
        username: String,
    },
    /// Disconnects the app: tokens die, open tasks fail with `auth_removed`.
    Revoke {
        /// The app.
        client_key: String,
        /// The user.
        username: String,
    },
}

/// The act is impossible: a sentence that says why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActError {
    sentence: String,
}

impl fmt::Display for ActError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

impl std::error::Error for ActError {}

impl ActError {
    fn new(sentence: impl Into<String>) -> Self {
        Self { sentence: sentence.into() }
    }
}

/// Does it at once, at the world's present.
pub(crate) fn act(world: &mut World, act: &UserAct) -> Result<(), ActError> {
    match act {
        UserAct::FinishDraft { publish_id } => {
            let at = task(world, publish_id)?;
            if world.tasks[at].status() != "SEND_TO_USER_INBOX" {
                return Err(ActError::new(format!(
                    "{publish_id} is in {} and not in the inbox: only a draft in SEND_TO_USER_INBOX can be finished",
                    world.tasks[at].status()
                )));
            }
            world.finish_draft(at);
        }
        UserAct::RemovePost { publish_id } => {
            let at = task(world, publish_id)?;
            if world.tasks[at].public_post_id(world.now_ms).is_none() {
                return Err(ActError::new(format!("{publish_id} has no public post that could be removed")));
            }
            world.remove_post(at);
        }
        UserAct::ConfirmQr { token, username } => {
            if world.user(username).is_none() || !qr::confirm(world, token, username) {
                let sentence = "no QR code of this token waits for a scan, or there is no such user";
                return Err(ActError::new(sentence));
            }
        }
        UserAct::Revoke { client_key, username } => {
            if !world.grants.contains_key(&(client_key.clone(), username.clone())) {
                return Err(ActError::new(format!("@{username} has granted nothing to {client_key}")));
            }
            world.revoke(client_key, username, Removal::ByUser);
        }
    }
    Ok(())
}

fn task(world: &World, publish_id: &str) -> Result<usize, ActError> {
    let found = world.tasks.iter().rposition(|task| task.publish_id == publish_id);
    found.ok_or_else(|| ActError::new(format!("no publish task has the publish_id {publish_id:?}")))
}
