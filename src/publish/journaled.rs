//! One publish as any process that shares the journal can read it, and ask it to stop.

use super::driver::Publisher;
use super::last_error;
use super::progress::Phase;
use super::{PublishOutcome, resume};
use crate::api::status::{PublishStatus, StatusCode};
use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::store::{AccountKey, PublishPhase, PublishRow};

/// A publish as the journal has it, whichever process works on it.
#[derive(Debug, Clone)]
pub struct JournaledPublish {
    /// The key under which it is found.
    pub idempotency_key: String,
    /// How far it has come.
    pub phase: PublishPhase,
    /// TikTok's id; `None` while TikTok is not known to have a task for it.
    pub publish_id: Option<String>,
    /// Bytes that TikTok has accepted.
    pub accepted_bytes: u64,
    /// The size of the video; 0 for what TikTok fetches itself.
    pub total_bytes: u64,
    /// Photos rather than a video.
    pub photos: bool,
    /// Sent to the creator's inbox rather than posted.
    pub draft: bool,
    /// The attempt that works on it was asked to stop.
    pub cancel_requested: bool,
    /// TikTok's reason for a failed publish.
    pub fail_reason: Option<String>,
    /// The outcome of a publish that is [`PublishPhase::Done`]. The journal keeps no warnings, so it has none.
    pub outcome: Option<PublishOutcome>,
    /// The error that the last attempt ended with. `None` while an attempt works on it, and when its process died. Without an
    /// end of the publish, it can continue under the same key.
    pub last_error: Option<Error>,
    /// When it started.
    pub begun_at: Timestamp,
    /// When the row was last written. An attempt at work writes at least every 20 s, so a row that stays unwritten for more
    /// than a minute belongs to an attempt whose process died.
    pub updated_at: Timestamp,
}

impl Publisher {
    /// Returns what the journal has under `key`.
    pub(crate) async fn find(&self, account: &AccountKey, key: &str) -> Result<Option<JournaledPublish>> {
        match self.journal.find(account, key).await? {
            Some(row) => Ok(Some(self.journaled(row).await?)),
            None => Ok(None),
        }
    }

    /// Asks the attempt that works on the publish to stop, and returns the publish as it is then. One that is posted, or whose
    /// last attempt ended, stays as it is. A failed one without an error may have an attempt that judges it again.
    pub(crate) async fn request_cancel(&self, account: &AccountKey, key: &str) -> Result<JournaledPublish> {
        let requested = |row: PublishRow| {
            let stopped = row.phase == PublishPhase::Done || row.last_error.is_some();
            (!stopped && !row.cancel_requested).then_some(PublishRow { cancel_requested: true, ..row })
        };
        self.change_row(account, key, requested).await?;
        self.find(account, key).await?.ok_or_else(resume::unknown)
    }

    async fn journaled(&self, row: PublishRow) -> Result<JournaledPublish> {
        let last_error = match (&row.phase, &row.last_error) {
            (PublishPhase::Done, _) => None,
            (_, Some(text)) => Some(last_error::of_text(text)),
            _ => None,
        };
        let last_error = last_error.map(|error| {
            let error = error.with_idempotency_key(&row.key);
            match &row.publish_id {
                Some(id) => error.with_publish_id(id),
                None => error,
            }
        });
        let outcome = match row.phase {
            PublishPhase::Done => {
                // Only the link needs the name, and the account may be gone.
                let username = self.pipeline.session.username(&row.account).await.ok().flatten();
                Some(outcome(&row, username.as_deref()))
            }
            _ => None,
        };
        Ok(JournaledPublish {
            idempotency_key: row.key,
            phase: row.phase,
            publish_id: row.publish_id,
            accepted_bytes: row.accepted_bytes,
            total_bytes: row.video_size,
            photos: row.photos,
            draft: row.draft,
            cancel_requested: row.cancel_requested && row.phase != PublishPhase::Done,
            fail_reason: row.fail_reason,
            outcome,
            last_error,
            begun_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

fn outcome(row: &PublishRow, username: Option<&str>) -> PublishOutcome {
    let status = PublishStatus {
        publish_id: row.publish_id.clone().unwrap_or_default(),
        status: if row.draft { StatusCode::SendToUserInbox } else { StatusCode::PublishComplete },
        fail_reason: None,
        post_ids: row.post_ids.clone(),
        uploaded_bytes: (!row.pulled).then_some(row.accepted_bytes),
    };
    let moderated = !row.may_become_public || !row.post_ids.is_empty();
    let phase = if moderated { Phase::Published } else { Phase::Moderating };
    PublishOutcome::new(status, phase, &row.key, username, row.photos)
}
