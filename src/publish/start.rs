//! Decides if a new attempt with an idempotency key may start a publish, continue an upload, only query the outcome, or
//! do nothing. An attempt takes over a publish with a single write, which is conditional on the revision that the
//! attempt read. Only one of two attempts succeeds, and a suspended attempt never overwrites what another one wrote
//! during the pause.

use super::chunk_plan::ChunkPlan;
use super::context::PublishContext;
use super::fingerprint::fingerprint;
use super::journal::{Journal, TRIES, contended, damaged, lost, unclear_start, used_for_another};
use crate::api::consumer::post::PostForm;
use crate::clock::Timestamp;
use crate::error::{Error, ErrorKind, Reason, Result};
use crate::model::{AccountKey, PublishPhase};
use crate::pipeline::Pipeline;
use crate::secret::Secret;
use crate::store::{JournalStore, PublishRow};
use std::sync::Arc;

/// The publish that an attempt is about to start.
pub(super) struct Intent<'a> {
    /// The random id of the attempt.
    pub(super) attempt: &'a str,
    pub(super) settings: &'a str,
    /// Digest of the media.
    pub(super) content_digest: &'a str,
    /// Chunks of the upload; `None` when TikTok fetches the media itself.
    pub(super) plan: Option<&'a ChunkPlan>,
    pub(super) may_become_public: bool,
    pub(super) form: PostForm,
}

/// The part of a publish that remains to be done.
pub(super) enum Start {
    /// The intent is recorded: create the publish on TikTok.
    Fresh(Journal),
    /// The attempt took over an upload: send the remaining bytes.
    Sending { journal: Journal, publish_id: String, upload_url: Secret },
    /// TikTok has all bytes: query the outcome.
    Sent { journal: Journal, publish_id: String },
}

impl Journal {
    /// Records the intent, or takes over the publish that an earlier attempt started with the same key.
    ///
    /// # Errors
    /// `Conflict` when the key belongs to another publish, when an earlier request may already have created the post,
    /// or when another attempt acquired the key at the same time.
    pub(super) async fn start(
        store: &Arc<dyn JournalStore>,
        pipeline: &Pipeline,
        account: &AccountKey,
        key: &str,
        intent: Intent<'_>,
    ) -> Result<Start> {
        let fresh = intent.row(pipeline, account, key);
        if store.insert(&fresh).await? {
            return Ok(Start::Fresh(Self::of(store, pipeline, fresh)));
        }
        let mut owner = None;
        for _ in 0..TRIES {
            let Some(current) = store.find(account, key).await? else {
                // The row was deleted since it was read: by a disconnect, or because it ended long ago.
                if store.insert(&fresh).await? {
                    return Ok(Start::Fresh(Self::of(store, pipeline, fresh)));
                }
                continue;
            };
            if current.attempt == fresh.attempt && current.phase != PublishPhase::Failed {
                // The store retried the write internally and rejected its own second attempt.
                return Self::of(store, pipeline, current).started();
            }
            if *owner.get_or_insert_with(|| current.attempt.clone()) != current.attempt {
                return Err(lost());
            }
            if !intent.is_of(&current) {
                return Err(used_for_another());
            }
            let next = match current.phase {
                PublishPhase::Processing | PublishPhase::Done => {
                    return Self::of(store, pipeline, current).started();
                }
                // TikTok can post the media without further bytes, so no other attempt may start.
                PublishPhase::Intent if current.pulled => return Err(unclear_start()),
                PublishPhase::Sending | PublishPhase::LastChunk => taken_over(&current, &fresh.attempt),
                // TikTok never posts a publish without bytes, and a failed publish has not been posted.
                PublishPhase::Intent | PublishPhase::Failed => {
                    PublishRow {
                        created_at: current.created_at,
                        // The cancel request is for this attempt, because requests for earlier attempts have been
                        // cleared.
                        cancel_requested: current.cancel_requested,
                        ..fresh.clone()
                    }
                }
            };
            if let Some(journal) = Self::take(store, pipeline, next, current.revision).await? {
                return journal.started();
            }
        }
        Err(lost())
    }

    /// Takes over the upload of a journal that this attempt has only read.
    ///
    /// # Errors
    /// `Conflict` when another attempt took over the upload first.
    pub(super) async fn take_over(self, pipeline: &Pipeline, attempt: &str) -> Result<Self> {
        let Self { store, mut row, .. } = self;
        for _ in 0..TRIES {
            if let Some(journal) =
                Self::take(&store, pipeline, taken_over(&row, attempt), row.revision).await?
            {
                return Ok(journal);
            }
            // A cancel request changes the row but not its owner.
            let current = store.find(&row.account, &row.key).await?;
            let unowned =
                current.filter(|current| current.attempt == row.attempt && current.phase == row.phase);
            row = unowned.ok_or_else(lost)?;
        }
        Err(contended())
    }

    /// Abandons a publish whose outcome is unknown. The caller has verified that no post will result from it. An
    /// attempt that still works on the publish loses it.
    pub(super) async fn abandon(self, pipeline: &Pipeline) -> Result<()> {
        let given_up = PublishRow {
            attempt: new_attempt(),
            phase: PublishPhase::Failed,
            upload_url_sealed: None,
            cancel_requested: false,
            last_error: None,
            ..self.row.clone()
        };
        match self.row.phase {
            PublishPhase::Failed => Ok(()),
            PublishPhase::Intent | PublishPhase::LastChunk => {
                let taken = Self::take(&self.store, pipeline, given_up, self.row.revision).await?;
                taken.map(drop).ok_or_else(lost)
            }
            PublishPhase::Sending | PublishPhase::Processing | PublishPhase::Done => Err(Error::new(
                ErrorKind::Conflict,
                "TikTok has created this publish, so it cannot be abandoned; query its status, or cancel it",
            )
            .with_reason(Reason::CanStillComplete)),
        }
    }

    async fn take(
        store: &Arc<dyn JournalStore>,
        pipeline: &Pipeline,
        mut next: PublishRow,
        read: u64,
    ) -> Result<Option<Self>> {
        next.revision = read + 1;
        next.updated_at = pipeline.clock.now();
        let taken = store.update_if(&next, read).await?;
        Ok(taken.then(|| Self::of(store, pipeline, next)))
    }

    fn started(self) -> Result<Start> {
        let publish_id = || self.row.publish_id.clone().ok_or_else(damaged);
        Ok(match self.row.phase {
            PublishPhase::Intent | PublishPhase::Failed => Start::Fresh(self),
            PublishPhase::Sending | PublishPhase::LastChunk => {
                let (publish_id, upload_url) = (publish_id()?, self.upload_target()?.upload_url);
                Start::Sending { journal: self, publish_id, upload_url }
            }
            PublishPhase::Processing | PublishPhase::Done => {
                Start::Sent { publish_id: publish_id()?, journal: self }
            }
        })
    }
}

impl Intent<'_> {
    fn row(&self, pipeline: &Pipeline, account: &AccountKey, key: &str) -> PublishRow {
        let now = pipeline.clock.now();
        PublishRow {
            key: key.to_owned(),
            account: account.clone(),
            attempt: self.attempt.to_owned(),
            revision: first_revision(),
            phase: PublishPhase::Intent,
            publish_id: None,
            upload_url_sealed: None,
            fingerprint: fingerprint(self.settings, self.content_digest),
            video_size: self.plan.map_or(0, ChunkPlan::video_size),
            chunk_size: self.plan.map_or(0, ChunkPlan::chunk_size),
            may_become_public: self.may_become_public,
            accepted_bytes: 0,
            photos: self.form.is_photos(),
            draft: self.form.is_draft(),
            pulled: self.plan.is_none(),
            post_ids: Vec::new(),
            fail_reason: None,
            cancel_requested: false,
            last_error: None,
            created_at: now,
            updated_at: now,
        }
    }

    /// Returns true when `current` records the same publish, so that this attempt may use the key.
    fn is_of(&self, current: &PublishRow) -> bool {
        let pulled = self.plan.is_none();
        // If TikTok refused to fetch the media and created nothing, toklink may upload the video with the same key.
        let refused = current.pulled && current.phase == PublishPhase::Failed && current.publish_id.is_none();
        let sent_instead = refused && !pulled;
        // An attempt that failed before TikTok created a publish does not bind the key to a post.
        let replaces_an_error = current.phase == PublishPhase::Failed && current.fingerprint.is_empty();
        sent_instead
            || replaces_an_error
            || (current.pulled == pulled
                && current.fingerprint == fingerprint(self.settings, self.content_digest))
    }
}

/// Returns the row of an upload that `attempt` takes over. Versions without attempt ids did not record that they sent
/// the last chunk. They may have sent it after all other chunks were accepted.
fn taken_over(current: &PublishRow, attempt: &str) -> PublishRow {
    let chunks = (current.video_size / current.chunk_size.max(1)).max(1);
    let last_is_next = current.accepted_bytes >= (chunks - 1) * current.chunk_size;
    let unmarked = current.attempt.is_empty() && last_is_next;
    PublishRow {
        attempt: attempt.to_owned(),
        phase: if unmarked { PublishPhase::LastChunk } else { current.phase },
        last_error: None,
        ..current.clone()
    }
}

/// Returns the journal row of an attempt that failed before TikTok created a publish. The row's fingerprint does not
/// include the media.
pub(super) fn row_without_publish(context: &PublishContext<'_>, now: Timestamp) -> PublishRow {
    PublishRow {
        key: context.key.to_owned(),
        account: context.account.clone(),
        attempt: context.attempt.clone(),
        revision: first_revision(),
        phase: PublishPhase::Failed,
        publish_id: None,
        upload_url_sealed: None,
        fingerprint: String::new(),
        video_size: 0,
        chunk_size: 0,
        may_become_public: false,
        accepted_bytes: 0,
        photos: false,
        draft: false,
        pulled: false,
        post_ids: Vec::new(),
        fail_reason: None,
        cancel_requested: false,
        last_error: None,
        created_at: now,
        updated_at: now,
    }
}

/// Returns the first revision of a new row: a random number in the range of 32-bit database integers.
fn first_revision() -> u64 {
    rand::random_range(1..=1 << 30)
}

pub(super) fn new_attempt() -> String {
    format!("{:032x}", rand::random::<u128>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sending(attempt: &str, accepted_bytes: u64) -> PublishRow {
        PublishRow {
            key: "k".into(),
            account: AccountKey::new("", "1"),
            attempt: attempt.into(),
            revision: 7,
            phase: PublishPhase::Sending,
            publish_id: Some("v_pub_file~v2-1.1".into()),
            upload_url_sealed: Some("sealed".into()),
            fingerprint: "2/ab/cd".into(),
            video_size: 10,
            chunk_size: 3,
            may_become_public: false,
            accepted_bytes,
            photos: false,
            draft: false,
            pulled: false,
            post_ids: Vec::new(),
            fail_reason: None,
            cancel_requested: false,
            last_error: None,
            created_at: Timestamp::from_millis(1),
            updated_at: Timestamp::from_millis(1),
        }
    }

    #[test]
    fn publish_without_attempt_id_counts_as_possibly_sent() {
        // Ten bytes in chunks of three: the last chunk starts at byte 6.
        for (attempt, accepted, phase) in [
            ("", 3, PublishPhase::Sending),
            ("", 6, PublishPhase::LastChunk),
            ("a", 6, PublishPhase::Sending),
        ] {
            let taken = taken_over(&sending(attempt, accepted), "mine");
            assert_eq!((taken.phase, taken.attempt.as_str()), (phase, "mine"), "{attempt:?} {accepted}");
        }
    }
}
