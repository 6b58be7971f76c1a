//! Writes down each step of a publish before the next one is taken, so that a crash leaves a true picture and the same
//! idempotency key never posts twice.

use crate::clock::Clock;
use crate::config::Config;
use crate::error::{Error, ErrorKind, Result};
use crate::pipeline::Pipeline;
use crate::secret::Secret;
use crate::store::{AccountKey, JournalStore, PublishPhase, PublishRow};
use crate::vault::{Purpose, SealContext};
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

/// What the journal knows about an idempotency key.
pub(super) enum Begun {
    /// Nothing, or an attempt that never reached TikTok or ended without a post: begin.
    Fresh(Journal),
    /// TikTok gave a task; go on after the bytes it has.
    Sending { journal: Journal, publish_id: String, upload_url: Secret },
    /// TikTok has all bytes.
    Sent { journal: Journal, publish_id: String },
}

impl Journal {
    /// Writes the intent, or finds the earlier one of the same key.
    pub(super) async fn begin(
        store: Arc<dyn JournalStore>,
        pipeline: &Pipeline,
        account: &AccountKey,
        key: &str,
        fingerprint: String,
        video_size: u64,
    ) -> Result<Begun> {
        let (config, clock) = (Arc::clone(&pipeline.config), Arc::clone(&pipeline.clock));
        let now = clock.now();
        let row = PublishRow {
            key: key.to_owned(),
            account: account.clone(),
            phase: PublishPhase::Intent,
            publish_id: None,
            upload_url_sealed: None,
            fingerprint,
            video_size,
            accepted_bytes: 0,
            created_at: now,
            updated_at: now,
        };
        let Some(earlier) = store.begin(&row).await? else {
            return Ok(Begun::Fresh(Self { store, config, clock, row }));
        };
        if earlier.fingerprint != row.fingerprint {
            return Err(Error::new(
                ErrorKind::Conflict,
                "this idempotency key was used for another video or other settings; use a new key",
            ));
        }
        let mut journal = Self { store, config, clock, row: earlier };
        match (journal.row.phase, journal.row.publish_id.clone()) {
            (PublishPhase::Processing | PublishPhase::Done, Some(publish_id)) => {
                Ok(Begun::Sent { journal, publish_id })
            }
            (PublishPhase::Sending, Some(publish_id)) => {
                let upload_url = journal.open_upload_url()?;
                Ok(Begun::Sending { journal, publish_id, upload_url })
            }
            // A task without bytes never posts, and a failed one has not posted: the same key may begin again.
            _ => {
                journal.row = PublishRow { created_at: journal.row.created_at, ..row };
                journal.write().await?;
                Ok(Begun::Fresh(journal))
            }
        }
    }

    /// TikTok has begun the task.
    pub(super) async fn begun(&mut self, publish_id: &str, upload_url: &Secret) -> Result<()> {
        self.row.upload_url_sealed = Some(self.config.vault.seal(&self.place(), upload_url)?);
        self.row.publish_id = Some(publish_id.to_owned());
        self.row.phase = PublishPhase::Sending;
        self.write().await
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

    /// The publish ended; `posted` tells how.
    pub(super) async fn ended(&mut self, posted: bool) -> Result<()> {
        self.row.phase = if posted { PublishPhase::Done } else { PublishPhase::Failed };
        self.row.upload_url_sealed = None;
        self.write().await
    }

    pub(super) fn accepted_bytes(&self) -> u64 {
        self.row.accepted_bytes
    }

    fn open_upload_url(&self) -> Result<Secret> {
        let sealed = self.row.upload_url_sealed.as_deref().ok_or_else(|| {
            Error::new(ErrorKind::Integrity, "the journal of this publish is damaged; publish with a new key")
        })?;
        self.config.vault.open(&self.place(), sealed)
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
