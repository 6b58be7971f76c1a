//! Records each step of a publish before the next step starts. The journal is therefore correct after a crash, and the
//! same idempotency key never posts twice. Every write is conditional on the revision that was read. Every attempt has
//! a random id: an attempt whose id is no longer in the row has lost the publish to another attempt and stops.

use super::chunk_plan::ChunkPlan;
use super::upload_target::UploadTarget;
use crate::api::consumer::status::{PublishStatus, StatusCode};
use crate::clock::Clock;
use crate::config::Config;
use crate::error::{Dispatch, Error, ErrorKind, Owner, Reason, Result, Retry};
use crate::model::{AccountKey, PublishPhase};
use crate::pipeline::Pipeline;
use crate::store::{FinalStatus, JournalStore, PublishRow};
use crate::vault::{Purpose, SealContext};
use std::sync::Arc;

const UPLOAD_URL: &str = "upload_url";
/// Maximum number of times that a write is tried when webhooks change the row concurrently.
pub(super) const TRIES: usize = 8;

/// The journal of one publish, with its current row.
#[derive(Debug)]
pub(super) struct Journal {
    pub(super) store: Arc<dyn JournalStore>,
    config: Arc<Config>,
    clock: Arc<dyn Clock>,
    /// The row as it was last read or written.
    pub(super) row: PublishRow,
    /// The attempt for which this journal writes. It stays the same even when the row names another attempt.
    attempt: String,
}

impl Journal {
    /// Returns the publish recorded under `key`, if any.
    pub(super) async fn find(
        store: &Arc<dyn JournalStore>,
        pipeline: &Pipeline,
        account: &AccountKey,
        key: &str,
    ) -> Result<Option<Self>> {
        let row = store.find(account, key).await?;
        Ok(row.map(|row| Self::of(store, pipeline, row)))
    }

    /// Returns the journal for the attempt that `row` names.
    pub(super) fn of(store: &Arc<dyn JournalStore>, pipeline: &Pipeline, row: PublishRow) -> Self {
        let (config, clock) = (Arc::clone(&pipeline.config), Arc::clone(&pipeline.clock));
        let attempt = row.attempt.clone();
        Self { store: Arc::clone(store), config, clock, row, attempt }
    }

    /// Returns the publish id when TikTok has received all bytes. The file may no longer exist at this point: without
    /// `content_digest`, only the settings must match.
    pub(super) fn sent(&self, settings: &str, content_digest: Option<&str>) -> Result<Option<String>> {
        if !matches!(self.row.phase, PublishPhase::Processing | PublishPhase::Done) {
            return Ok(None);
        }
        let (recorded_settings, recorded_digest) = self.row.fingerprint.rsplit_once('/').unwrap_or_default();
        if recorded_settings != settings || content_digest.is_some_and(|digest| digest != recorded_digest) {
            return Err(used_for_another());
        }
        Ok(self.row.publish_id.clone())
    }

    /// Records the publish that TikTok created. `target` is `None` when TikTok fetches the media itself.
    pub(super) async fn created(&mut self, publish_id: &str, target: Option<&UploadTarget>) -> Result<()> {
        let seal = |target: &UploadTarget| self.config.vault.seal(&self.seal_context(), &target.to_text());
        let sealed = target.map(seal).transpose()?;
        self.write(|row| {
            row.phase = if sealed.is_some() { PublishPhase::Sending } else { PublishPhase::Processing };
            row.upload_url_sealed.clone_from(&sealed);
            row.publish_id = Some(publish_id.to_owned());
        })
        .await
    }

    /// Records that the last chunk may be sent after this write.
    pub(super) async fn last_chunk(&mut self) -> Result<()> {
        self.write(|row| row.phase = PublishPhase::LastChunk).await
    }

    /// Records that TikTok has accepted the bytes up to `accepted`.
    pub(super) async fn accepted(&mut self, accepted: u64) -> Result<()> {
        self.write(|row| {
            row.accepted_bytes = accepted;
            if accepted == row.video_size {
                row.phase = PublishPhase::Processing;
                row.upload_url_sealed = None;
            }
        })
        .await
    }

    /// Ends the publish without a post because this attempt could not finish it.
    ///
    /// # Errors
    /// `Conflict` when another attempt took over the publish, or when TikTok reports that it was posted. A failed write
    /// is not an error, because the next attempt reaches the same result.
    pub(super) async fn give_up(&mut self) -> Result<()> {
        let written = self
            .write(|row| {
                row.phase = PublishPhase::Failed;
                row.upload_url_sealed = None;
            })
            .await;
        match written {
            Err(error) if error.kind() == ErrorKind::Conflict => Err(error),
            _ if self.row.phase == PublishPhase::Done => Err(posted_despite_error()),
            _ => Ok(()),
        }
    }

    /// Records the final status that TikTok reported. A failed write is ignored, because the next status query returns
    /// the same status. The failure must neither hide an outcome nor replace an error.
    pub(super) async fn ended(&mut self, posted: bool, post_ids: &[String], fail_reason: Option<&str>) {
        let Some(publish_id) = self.row.publish_id.clone() else { return };
        let final_status = FinalStatus {
            posted,
            post_ids: post_ids.to_vec(),
            fail_reason: fail_reason.map(str::to_owned),
            at: self.clock.now(),
        };
        self.row.apply_final_status(&final_status);
        let _ = record_final_status(self.store.as_ref(), self.row.clone(), &publish_id, &final_status).await;
    }

    /// Verifies that this attempt still owns the publish.
    ///
    /// # Errors
    /// `Conflict` when another attempt took over the publish, or when its row was deleted; errors of the store.
    pub(super) async fn check(&self) -> Result<()> {
        self.owned().await.map(drop)
    }

    /// Reads the row again and keeps it, with the same check as [`Self::check`].
    pub(super) async fn refresh(&mut self) -> Result<()> {
        self.row = self.owned().await?;
        Ok(())
    }

    async fn owned(&self) -> Result<PublishRow> {
        match self.store.find(&self.row.account, &self.row.key).await? {
            Some(row) if row.attempt == self.attempt => Ok(row),
            _ => Err(lost()),
        }
    }

    /// Applies a change made by this attempt. If the row was written after it was read, the change is applied to the
    /// new row, unless another attempt owns the publish. A row that has ended is not changed.
    async fn write(&mut self, change: impl Fn(&mut PublishRow)) -> Result<()> {
        for _ in 0..TRIES {
            if self.row.has_ended() {
                return self.check().await;
            }
            let mut next = self.row.clone();
            // This attempt is active, so an error that another attempt recorded here is outdated.
            next.last_error = None;
            change(&mut next);
            next.revision += 1;
            next.updated_at = self.clock.now();
            if self.store.update_if(&next, self.row.revision).await? {
                self.row = next;
                return Ok(());
            }
            let current = self.store.find(&self.row.account, &self.row.key).await?;
            let ours = current.filter(|current| current.attempt == self.attempt);
            self.row = ours.ok_or_else(lost)?;
        }
        Err(contended())
    }

    /// Returns TikTok's final status of the publish if a webhook or another attempt has recorded it. If the journal
    /// cannot be read, the caller queries TikTok instead.
    pub(super) async fn recorded_status(&mut self) -> Option<PublishStatus> {
        let row = self.store.find(&self.row.account, &self.row.key).await.ok().flatten()?;
        if !row.has_ended() || row.publish_id != self.row.publish_id {
            return None;
        }
        self.row = row;
        self.end()
    }

    /// Returns TikTok's final status as the row records it.
    pub(super) fn end(&self) -> Option<PublishStatus> {
        let row = &self.row;
        if !row.has_ended() {
            return None;
        }
        let status = match row.phase {
            PublishPhase::Failed => StatusCode::Failed,
            // Only TikTok can report whether a draft has been posted since then, and which id a public post receives.
            _ if row.post_ids.is_empty() && (row.draft || row.may_become_public) => return None,
            _ => StatusCode::PublishComplete,
        };
        Some(PublishStatus {
            publish_id: row.publish_id.clone()?,
            status,
            fail_reason: row.fail_reason.clone(),
            post_ids: row.post_ids.clone(),
            uploaded_bytes: Some(row.accepted_bytes),
        })
    }

    /// Returns true when an attempt failed before TikTok created a publish, so that the row contains only its error.
    pub(super) fn is_only_an_error(&self) -> bool {
        self.row.fingerprint.is_empty()
    }

    /// Returns true when toklink ended the upload: it failed without a reason from TikTok.
    pub(super) fn was_given_up(&self) -> bool {
        self.row.phase == PublishPhase::Failed && self.row.fail_reason.is_none()
    }

    pub(super) fn key(&self) -> &str {
        &self.row.key
    }

    pub(super) fn accepted_bytes(&self) -> u64 {
        self.row.accepted_bytes
    }

    pub(super) fn video_size(&self) -> u64 {
        self.row.video_size
    }

    pub(super) fn phase(&self) -> PublishPhase {
        self.row.phase
    }

    /// Returns true when an attempt may have sent the last chunk, or may still send it.
    pub(super) fn may_have_sent_the_last_chunk(&self) -> bool {
        self.row.phase == PublishPhase::LastChunk
    }

    pub(super) fn publish_id(&self) -> Option<&str> {
        self.row.publish_id.as_deref()
    }

    /// Returns the digest of the publish's original media.
    pub(super) fn content_digest(&self) -> &str {
        self.row.fingerprint.rsplit_once('/').unwrap_or_default().1
    }

    pub(super) fn is_pulled(&self) -> bool {
        self.row.pulled
    }

    pub(super) fn is_photos(&self) -> bool {
        self.row.photos
    }

    pub(super) fn may_become_public(&self) -> bool {
        self.row.may_become_public
    }

    /// Returns the upload's original chunk plan.
    pub(super) fn plan(&self) -> Result<ChunkPlan> {
        if self.row.pulled {
            // Such a publish has no chunks, and a status query does not need its size.
            return ChunkPlan::for_size(1);
        }
        let chunk_size = self.row.chunk_size.max(1);
        ChunkPlan::restored(self.row.video_size, chunk_size, self.row.video_size / chunk_size)
    }

    /// Returns the upload URL and the path of the source file.
    pub(super) fn upload_target(&self) -> Result<UploadTarget> {
        let sealed = self.row.upload_url_sealed.as_deref().ok_or_else(damaged)?;
        Ok(UploadTarget::from_text(&self.config.vault.open(&self.seal_context(), sealed)?))
    }

    fn seal_context(&self) -> SealContext<'_> {
        let AccountKey { tenant, open_id } = &self.row.account;
        let client_key = &self.config.client_key;
        SealContext { purpose: Purpose::Journal, client_key, tenant, open_id, field: UPLOAD_URL }
    }
}

/// Ends the publish of `row` with the final status from TikTok's API or a webhook, regardless of which attempt owns it.
/// Returns true when the row changed; `None` when the row is gone or now belongs to another publish.
pub(super) async fn record_final_status(
    store: &dyn JournalStore,
    mut row: PublishRow,
    publish_id: &str,
    final_status: &FinalStatus,
) -> Result<Option<bool>> {
    for _ in 0..TRIES {
        let current = store.find(&row.account, &row.key).await?;
        let Some(current) = current.filter(|current| current.publish_id.as_deref() == Some(publish_id))
        else {
            return Ok(None);
        };
        row = current;
        let read = row.revision;
        if !row.apply_final_status(final_status) {
            return Ok(Some(false));
        }
        row.revision += 1;
        if store.update_if(&row, read).await? {
            return Ok(Some(true));
        }
    }
    Err(contended())
}

/// Returns the error for an attempt that lost the publish and must not send any more bytes.
pub(super) fn lost() -> Error {
    Error::new(
        ErrorKind::Conflict,
        "another process took over this publish, so this attempt stopped; query its status, or retry with the same \
         idempotency key to follow it",
    )
    .with_reason(Reason::TakenOver)
    .with_dispatch(Dispatch::MaybeSent)
}

fn posted_despite_error() -> Error {
    Error::new(
        ErrorKind::Conflict,
        "TikTok reports this publish as posted although its upload failed; query its status, or retry with the same \
         idempotency key",
    ).with_reason(Reason::TakenOver)
    .with_dispatch(Dispatch::MaybeSent)
}

pub(super) fn contended() -> Error {
    Error::new(
        ErrorKind::Unavailable,
        "the journal rejected every write of this publish, because its row kept changing; check that the store \
         compares revisions, then retry with the same idempotency key",
    )
    .with_owner(Owner::App)
    .with_retry(Retry::Backoff)
}

pub(super) fn damaged() -> Error {
    Error::new(
        ErrorKind::Integrity,
        "the journal entry of this publish is damaged; publish with a new idempotency key",
    )
}

/// Returns the error for media that TikTok fetches itself: the post may exist, and no query of TikTok's API shows
/// whether it does.
pub(super) fn unclear_start() -> Error {
    Error::new(
        ErrorKind::Conflict,
        "an earlier attempt with this idempotency key may have created the post; look for it in TikTok, and if it \
         is not there and no process still works on it, abandon this publish",
    )
    .with_reason(Reason::StartUnclear)
    .with_dispatch(Dispatch::MaybeSent)
}

pub(super) fn used_for_another() -> Error {
    Error::new(
        ErrorKind::Conflict,
        "this idempotency key belongs to another video or other settings; use a new key",
    )
    .with_reason(Reason::KeyOfAnotherPublish)
}
