//! Writes down each step of a publish before the next one is taken, so that a crash leaves a true picture and the same
//! idempotency key never posts twice.

use super::route::Route;
use crate::api::creator::PrivacyLevel;
use crate::api::post::{PostForm, PostInfo};
use crate::api::status::{PublishStatus, StatusCode};
use crate::clock::Clock;
use crate::config::Config;
use crate::error::{Dispatch, Error, ErrorKind, Result};
use crate::media::ChunkPlan;
use crate::pipeline::Pipeline;
use crate::secret::Secret;
use crate::store::{AccountKey, JournalStore, PublishPhase, PublishRow, Settlement};
use crate::vault::{Purpose, SealContext, hex};
use sha2::{Digest, Sha256};
use std::sync::Arc;

const UPLOAD_URL: &str = "upload_url";

/// One publish with its row.
#[derive(Debug)]
pub(super) struct Journal {
    store: Arc<dyn JournalStore>,
    config: Arc<Config>,
    clock: Arc<dyn Clock>,
    row: PublishRow,
}

/// What is about to be begun.
pub(super) struct Intent<'a> {
    pub(super) fingerprint: String,
    /// `None` when TikTok fetches the media itself.
    pub(super) plan: Option<&'a ChunkPlan>,
    pub(super) may_become_public: bool,
    pub(super) form: PostForm,
}

/// What the journal says of a publish that is begun.
pub(super) enum Begun {
    /// Nothing before, or an attempt that never reached TikTok or ended without a post: begin.
    Fresh(Journal),
    /// TikTok gave a task; go on after the bytes it has.
    Sending { journal: Journal, publish_id: String, upload_url: Secret },
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

    fn of(store: &Arc<dyn JournalStore>, pipeline: &Pipeline, row: PublishRow) -> Self {
        let (config, clock) = (Arc::clone(&pipeline.config), Arc::clone(&pipeline.clock));
        Self { store: Arc::clone(store), config, clock, row }
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

    /// Writes the intent, or goes on with what an earlier run has begun under the same key.
    pub(super) async fn begin(
        store: &Arc<dyn JournalStore>,
        pipeline: &Pipeline,
        account: &AccountKey,
        key: &str,
        intent: Intent<'_>,
    ) -> Result<Begun> {
        let now = pipeline.clock.now();
        let row = PublishRow {
            key: key.to_owned(),
            account: account.clone(),
            phase: PublishPhase::Intent,
            publish_id: None,
            upload_url_sealed: None,
            fingerprint: intent.fingerprint,
            video_size: intent.plan.map_or(0, ChunkPlan::video_size),
            chunk_size: intent.plan.map_or(0, ChunkPlan::chunk_size),
            may_become_public: intent.may_become_public,
            accepted_bytes: 0,
            photos: intent.form.is_photos(),
            draft: intent.form.is_draft(),
            pulled: intent.plan.is_none(),
            post_ids: Vec::new(),
            fail_reason: None,
            created_at: now,
            updated_at: now,
        };
        let Some(earlier) = store.begin(&row).await? else {
            return Ok(Begun::Fresh(Self::of(store, pipeline, row)));
        };
        // What TikTok refused to fetch, and never began, may be sent from here under the same key.
        let refused = earlier.pulled && earlier.phase == PublishPhase::Failed && earlier.publish_id.is_none();
        let sent_instead = refused && !row.pulled;
        if earlier.fingerprint != row.fingerprint && !sent_instead {
            return Err(used_for_another());
        }
        let created_at = earlier.created_at;
        let mut journal = Self::of(store, pipeline, earlier);
        if let (PublishPhase::Sending, Some(publish_id)) = (journal.row.phase, journal.row.publish_id.clone())
        {
            let upload_url = journal.route()?.upload_url;
            return Ok(Begun::Sending { journal, publish_id, upload_url });
        }
        // What TikTok fetches itself needs no bytes of ours to be posted.
        if journal.row.pulled && journal.row.phase == PublishPhase::Intent {
            return Err(unclear_beginning());
        }
        // A task without bytes never posts, and a failed one has not posted: the same key may begin again.
        journal.row = PublishRow { created_at, ..row };
        journal.write().await?;
        Ok(Begun::Fresh(journal))
    }

    /// TikTok has begun the task; without a way for bytes it fetches the media itself.
    pub(super) async fn begun(&mut self, publish_id: &str, route: Option<&Route>) -> Result<()> {
        let seal = |route: &Route| self.config.vault.seal(&self.place(), &route.to_text());
        let sealed = route.map(seal).transpose()?;
        self.row.phase = if sealed.is_some() { PublishPhase::Sending } else { PublishPhase::Processing };
        self.row.upload_url_sealed = sealed;
        self.row.publish_id = Some(publish_id.to_owned());
        self.write().await
    }

    /// The caller says that nothing came of it. Only a beginning that is unclear can be given up: what has a publish id is
    /// settled by status.
    pub(super) async fn abandon(&mut self) -> Result<()> {
        match self.row.phase {
            PublishPhase::Intent => {
                self.row.phase = PublishPhase::Failed;
                self.write().await
            }
            PublishPhase::Failed => Ok(()),
            PublishPhase::Sending | PublishPhase::Processing | PublishPhase::Done => Err(Error::new(
                ErrorKind::Conflict,
                "TikTok has begun this publish, so it cannot be abandoned; ask for its status, or cancel it",
            )),
        }
    }

    /// TikTok has accepted the bytes up to `accepted`.
    pub(super) async fn accepted(&mut self, accepted: u64) -> Result<()> {
        self.row.accepted_bytes = accepted;
        if accepted == self.row.video_size {
            self.row.phase = PublishPhase::Processing;
            self.row.upload_url_sealed = None;
        }
        self.write().await
    }

    /// The publish ended, posted or with TikTok's reason. What cannot be written is found out again by status, so it may
    /// neither hide an outcome nor replace an error.
    pub(super) async fn ended(&mut self, posted: bool, post_ids: &[String], fail_reason: Option<&str>) {
        let Some(publish_id) = self.row.publish_id.clone() else {
            self.row.phase = PublishPhase::Failed;
            let _ = self.write().await;
            return;
        };
        let settlement = Settlement {
            posted,
            post_ids: post_ids.to_vec(),
            fail_reason: fail_reason.map(str::to_owned),
            at: self.clock.now(),
        };
        self.row.settle(&settlement);
        let _ = self.store.settle(&self.row.account, &publish_id, &settlement).await;
    }

    /// TikTok's last word on the publish, when a webhook has brought it here. A journal that cannot be read tells nothing:
    /// TikTok is asked instead.
    pub(super) async fn told(&mut self) -> Option<PublishStatus> {
        let row = self.store.find(&self.row.account, &self.row.key).await.ok().flatten()?;
        if !row.has_ended() || row.publish_id != self.row.publish_id {
            return None;
        }
        self.row = row;
        let row = &self.row;
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
        let sealed = self.row.upload_url_sealed.as_deref().ok_or_else(|| {
            Error::new(ErrorKind::Integrity, "the journal of this publish is damaged; publish with a new key")
        })?;
        Ok(Route::from_text(&self.config.vault.open(&self.place(), sealed)?))
    }

    fn place(&self) -> SealContext<'_> {
        let AccountKey { tenant, open_id } = &self.row.account;
        let client_key = &self.config.client_key;
        SealContext { purpose: Purpose::Journal, client_key, tenant, open_id, field: UPLOAD_URL }
    }

    async fn write(&mut self) -> Result<()> {
        self.row.updated_at = self.clock.now();
        self.store.update(&self.row).await
    }
}

/// What TikTok fetches itself may have been posted, and nothing that TikTok offers can tell.
pub(super) fn unclear_beginning() -> Error {
    Error::new(
        ErrorKind::Conflict,
        "an earlier attempt under this idempotency key may have begun the post: look for it in TikTok, and abandon this \
         publish when it is not there",
    )
    .with_dispatch(Dispatch::MaybeSent)
}

pub(super) fn used_for_another() -> Error {
    Error::new(
        ErrorKind::Conflict,
        "this idempotency key was used for another video or other settings; use a new key",
    )
}

/// Marks how something is posted. Each field by its name, and a version in front, so that a later version of this
/// library reads it the same way.
pub(super) fn settings_of(post: &PostInfo, form: PostForm) -> String {
    let text = format!(
        "form={form:?}\nprivacy={}\ntitle={}\ndescription={}\ncomment={}\nduet={}\nstitch={}\ncover={:?}\n\
         brand_content={}\nbrand_organic={}\naigc={}\nmusic={}",
        post.privacy_level.map_or("", PrivacyLevel::as_str),
        post.title,
        post.description,
        post.allow_comment,
        post.allow_duet,
        post.allow_stitch,
        post.cover_timestamp_ms,
        post.brand_content,
        post.brand_organic,
        post.is_aigc,
        post.auto_add_music,
    );
    format!("2/{}", hex::encode(&Sha256::digest(text.as_bytes())))
}

/// Marks what is posted and how, so that a key is not used for two things.
pub(super) fn fingerprint(settings: &str, mark: &str) -> String {
    format!("{settings}/{mark}")
}
