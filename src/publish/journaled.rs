//! The state of a publish as the journal shows it to every process, and requests to cancel it.

use super::last_error;
use super::progress::Phase;
use super::publisher::Publisher;
use super::validate::checked_key;
use super::{PublishOutcome, resume};
use crate::api::consumer::status::{PublishStatus, StatusCode};
use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::model::{AccountKey, PublishPhase};
use crate::store::PublishRow;

/// A publish as recorded in the journal, regardless of which process works on it.
#[derive(Debug, Clone)]
pub struct JournaledPublish {
    /// The idempotency key of the publish.
    pub idempotency_key: String,
    /// The current phase of the publish.
    pub phase: PublishPhase,
    /// TikTok's publish id; `None` until TikTok is known to have created the publish.
    pub publish_id: Option<String>,
    /// Bytes that TikTok has accepted.
    pub accepted_bytes: u64,
    /// Size of the video in bytes; 0 for media that TikTok fetches itself.
    pub total_bytes: u64,
    /// True for photos, false for a video.
    pub photos: bool,
    /// True for a draft, which is sent to the creator's inbox.
    pub draft: bool,
    /// True when the attempt that works on the publish was asked to stop.
    pub cancel_requested: bool,
    /// TikTok's reason for a failed publish.
    pub fail_reason: Option<String>,
    /// The outcome of a publish that is [`PublishPhase::Done`]. The journal keeps no warnings, so the list of warnings is empty.
    pub outcome: Option<PublishOutcome>,
    /// The final error of the last attempt. `None` while an attempt works on the publish, and when that attempt's
    /// process died or lost its lease. A publish that has not ended can continue with the same key.
    pub last_error: Option<Error>,
    /// Time at which the publish started.
    pub started_at: Timestamp,
    /// Time at which the row was last written. A running attempt writes at least every 20 s, so a row that is more than
    /// a minute old belongs to an attempt whose process died.
    pub updated_at: Timestamp,
}

impl Publisher {
    /// Returns the publish recorded for `key`.
    pub(crate) async fn find(&self, account: &AccountKey, key: &str) -> Result<Option<JournaledPublish>> {
        match self.journal.find(account, checked_key(key)?).await? {
            Some(row) => Ok(Some(self.journaled(row).await?)),
            None => Ok(None),
        }
    }

    /// Asks the attempt that works on the publish to stop, and returns the publish's state. Does not change a publish
    /// that was posted or whose last attempt ended with an error. A failed publish without an error may still have an
    /// attempt that starts it again.
    pub(crate) async fn request_cancel(&self, account: &AccountKey, key: &str) -> Result<JournaledPublish> {
        checked_key(key)?;
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
                // Only the link needs the user name, and the account may have been deleted.
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
            started_at: row.created_at,
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
