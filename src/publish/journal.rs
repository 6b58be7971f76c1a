//! Writes down each step of a publish before it takes the next one, so that a crash leaves a true picture and the same
//! idempotency key never posts twice. Every write is conditional on the revision that was read, and every attempt has a
//! random id: an attempt whose id is no longer in the row has lost the publish to another one, and stops.

use super::route::Route;
use crate::api::status::{PublishStatus, StatusCode};
use crate::clock::Clock;
use crate::config::Config;
use crate::error::{Dispatch, Error, ErrorKind, Owner, Result, Retry};
use crate::media::ChunkPlan;
use crate::pipeline::Pipeline;
use crate::store::{AccountKey, JournalStore, PublishPhase, PublishRow, Settlement};
use crate::vault::{Purpose, SealContext};
use std::sync::Arc;

const UPLOAD_URL: &str = "upload_url";
/// How often a write is tried when webhooks change the row under it.
pub(super) const TRIES: usize = 8;

/// One publish with its row.
#[derive(Debug)]
pub(super) struct Journal {
    pub(super) store: Arc<dyn JournalStore>,
    config: Arc<Config>,
    clock: Arc<dyn Clock>,
    /// The row as it was last read or written.
    pub(super) row: PublishRow,
    /// The attempt that this journal writes for. It never changes, whatever the row says.
    attempt: String,
}

impl Journal {
    /// What was written under `key`, if anything.
    pub(super) async fn find(
        store: &Arc<dyn JournalStore>,
        pipeline: &Pipeline,
        account: &AccountKey,
        key: &str,
    ) -> Result<Option<Self>> {
        let row = store.find(account, key).await?;
        Ok(row.map(|row| Self::of(store, pipeline, row)))
    }

    /// The journal of the attempt that `row` names.
    pub(super) fn of(store: &Arc<dyn JournalStore>, pipeline: &Pipeline, row: PublishRow) -> Self {
        let (config, clock) = (Arc::clone(&pipeline.config), Arc::clone(&pipeline.clock));
        let attempt = row.attempt.clone();
        Self { store: Arc::clone(store), config, clock, row, attempt }
    }

    /// The publish id, when TikTok has all bytes. The file may be gone by now: without `mark` only the settings must be
    /// the same.
    pub(super) fn sent(&self, settings: &str, mark: Option<&str>) -> Result<Option<String>> {
        if !matches!(self.row.phase, PublishPhase::Processing | PublishPhase::Done) {
            return Ok(None);
        }
        let (kept_settings, kept_mark) = self.row.fingerprint.rsplit_once('/').unwrap_or_default();
        if kept_settings != settings || mark.is_some_and(|mark| mark != kept_mark) {
            return Err(used_for_another());
        }
        Ok(self.row.publish_id.clone())
    }

    /// Writes down the task that TikTok created; without a way for bytes it fetches the media itself.
    pub(super) async fn created(&mut self, publish_id: &str, route: Option<&Route>) -> Result<()> {
        let seal = |route: &Route| self.config.vault.seal(&self.place(), &route.to_text());
        let sealed = route.map(seal).transpose()?;
        self.write(|row| {
            row.phase = if sealed.is_some() { PublishPhase::Sending } else { PublishPhase::Processing };
            row.upload_url_sealed.clone_from(&sealed);
            row.publish_id = Some(publish_id.to_owned());
        })
        .await
    }

    /// Writes down that the last chunk may be sent from now on.
    pub(super) async fn last_chunk(&mut self) -> Result<()> {
        self.write(|row| row.phase = PublishPhase::LastChunk).await
    }

    /// Writes down that TikTok has accepted the bytes up to `accepted`.
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
    /// `Conflict` when another attempt took the publish over, or when TikTok says that it was posted. A row that cannot be
    /// written is not an error: the next attempt finds the same out.
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

    /// Writes down how TikTok says that the publish ended. What cannot be written is found out again by status, so it may
    /// neither hide an outcome nor replace an error.
    pub(super) async fn ended(&mut self, posted: bool, post_ids: &[String], fail_reason: Option<&str>) {
        let Some(publish_id) = self.row.publish_id.clone() else { return };
        let settlement = Settlement {
            posted,
            post_ids: post_ids.to_vec(),
            fail_reason: fail_reason.map(str::to_owned),
            at: self.clock.now(),
        };
        self.row.settle(&settlement);
        let _ = settle(self.store.as_ref(), self.row.clone(), &publish_id, &settlement).await;
    }

    /// Reads whether this attempt still owns the publish.
    ///
    /// # Errors
    /// `Conflict` when another attempt took it over, or its row was erased; the store's own errors.
    pub(super) async fn check(&self) -> Result<()> {
        self.owned().await.map(drop)
    }

    /// Reads the row again, as [`Self::check`] does, and keeps it.
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

    /// Makes one change of this attempt. When the row was written since it was read, the change is made to the new row,
    /// unless another attempt owns it. An ended row stays as it is.
    async fn write(&mut self, change: impl Fn(&mut PublishRow)) -> Result<()> {
        for _ in 0..TRIES {
            if self.row.has_ended() {
                return self.check().await;
            }
            let mut next = self.row.clone();
            // The owner works, whatever another attempt left here.
            next.last_error = None;
            change(&mut next);
            next.revision += 1;
            next.updated_at = self.clock.now();
            if self.store.update_if(&next, self.row.revision).await? {
                self.row = next;
                return Ok(());
            }
            let there = self.store.find(&self.row.account, &self.row.key).await?;
            let ours = there.filter(|there| there.attempt == self.attempt);
            self.row = ours.ok_or_else(lost)?;
        }
        Err(contended())
    }

    /// Returns TikTok's last word on the publish when a webhook or another attempt has written it down. When the journal cannot
    /// be read, TikTok is asked instead.
    pub(super) async fn told(&mut self) -> Option<PublishStatus> {
        let row = self.store.find(&self.row.account, &self.row.key).await.ok().flatten()?;
        if !row.has_ended() || row.publish_id != self.row.publish_id {
            return None;
        }
        self.row = row;
        self.end()
    }

    /// Returns TikTok's last word as the row has it.
    pub(super) fn end(&self) -> Option<PublishStatus> {
        let row = &self.row;
        if !row.has_ended() {
            return None;
        }
        let status = match row.phase {
            PublishPhase::Failed => StatusCode::Failed,
            // Whether a draft was posted since, and which id a public post will get, TikTok knows better.
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

    /// True when an attempt failed before it had a publish, and left only its error.
    pub(super) fn is_only_an_error(&self) -> bool {
        self.row.fingerprint.is_empty()
    }

    /// Whether it has failed without a reason of TikTok's: an upload that could not be finished.
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

    /// Whether an attempt may have sent the last chunk, or may send it yet.
    pub(super) fn may_have_sent_the_last_chunk(&self) -> bool {
        self.row.phase == PublishPhase::LastChunk
    }

    pub(super) fn publish_id(&self) -> Option<&str> {
        self.row.publish_id.as_deref()
    }

    /// What marked the media when the publish began.
    pub(super) fn mark(&self) -> &str {
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

    /// The plan that the upload began with.
    pub(super) fn plan(&self) -> Result<ChunkPlan> {
        if self.row.pulled {
            // There are no chunks; asking for the outcome does not need the size.
            return ChunkPlan::for_size(1);
        }
        let chunk_size = self.row.chunk_size.max(1);
        ChunkPlan::restored(self.row.video_size, chunk_size, self.row.video_size / chunk_size)
    }

    /// Where the bytes go, and where they were read from.
    pub(super) fn route(&self) -> Result<Route> {
        let sealed = self.row.upload_url_sealed.as_deref().ok_or_else(damaged)?;
        Ok(Route::from_text(&self.config.vault.open(&self.place(), sealed)?))
    }

    fn place(&self) -> SealContext<'_> {
        let AccountKey { tenant, open_id } = &self.row.account;
        let client_key = &self.config.client_key;
        SealContext { purpose: Purpose::Journal, client_key, tenant, open_id, field: UPLOAD_URL }
    }
}

/// Ends the publish of `row` as TikTok's status or a webhook says, whichever attempt owns it; returns whether that was news,
/// `None` when the row is gone or is about another task by now.
pub(super) async fn settle(
    store: &dyn JournalStore,
    mut row: PublishRow,
    publish_id: &str,
    settlement: &Settlement,
) -> Result<Option<bool>> {
    for _ in 0..TRIES {
        let there = store.find(&row.account, &row.key).await?;
        let Some(there) = there.filter(|there| there.publish_id.as_deref() == Some(publish_id)) else {
            return Ok(None);
        };
        row = there;
        let read = row.revision;
        if !row.settle(settlement) {
            return Ok(Some(false));
        }
        row.revision += 1;
        if store.update_if(&row, read).await? {
            return Ok(Some(true));
        }
    }
    Err(contended())
}

/// The attempt lost the publish, so it must not send another byte of it.
pub(super) fn lost() -> Error {
    Error::new(
        ErrorKind::Conflict,
        "another process took over this publish, so this one stopped; ask for its status, or repeat the call with the same \
         idempotency key to follow it",
    )
    .with_dispatch(Dispatch::MaybeSent)
}

fn posted_despite_error() -> Error {
    Error::new(
        ErrorKind::Conflict,
        "TikTok reports this publish as posted although its upload ended with an error; ask for its status, or repeat the call \
         with the same idempotency key",
    )
    .with_dispatch(Dispatch::MaybeSent)
}

pub(super) fn contended() -> Error {
    Error::new(
        ErrorKind::Unavailable,
        "the journal refused every write of one publish, because its row kept changing; check that the store compares revisions, \
         then repeat the call with the same idempotency key",
    )
    .with_owner(Owner::App)
    .with_retry(Retry::Backoff)
}

pub(super) fn damaged() -> Error {
    Error::new(ErrorKind::Integrity, "the journal of this publish is damaged; publish with a new key")
}

/// What TikTok fetches itself may have been posted, and nothing that TikTok offers can tell.
pub(super) fn unclear_beginning() -> Error {
    Error::new(
        ErrorKind::Conflict,
        "an earlier attempt under this idempotency key may have created the post; look for it in TikTok, make sure that no other \
         process still works on it, and abandon this publish when it is not there",
    )
    .with_dispatch(Dispatch::MaybeSent)
}

pub(super) fn used_for_another() -> Error {
    Error::new(
        ErrorKind::Conflict,
        "this idempotency key was used for another video or other settings; use a new key",
    )
}
