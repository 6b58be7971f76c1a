//! Resumes a publish that another process started, using only the journal. The caller passes its idempotency key or
//! publish id, and supplies the bytes if the original source is not available.

use super::context::PublishContext;
use super::journal::{Journal, unclear_start};
use super::machine::Machine;
use super::progress::Reporter;
use super::publisher::{Publisher, Sending};
use super::source::Source;
use super::upload_target::UploadTarget;
use super::validate::checked_key;
use super::{PublishOptions, PublishOutcome, UnfinishedPublish, VideoSource};
use crate::api::consumer::status::{FetchStatus, StatusCode};
use crate::clock::BoxFuture;
use crate::error::{Error, ErrorKind, Owner, Reason, Result};
use crate::model::{AccountKey, PublishPhase};
use crate::transport::Outbound;
use std::sync::Arc;

impl Publisher {
    /// Resumes the publish whose idempotency key or publish id is `name`.
    pub(crate) async fn resume(
        &self,
        account: &AccountKey,
        name: &str,
        source: Option<&VideoSource>,
        options: &PublishOptions,
    ) -> Result<PublishOutcome> {
        let key = self.key_of(account, name).await?;
        let options = PublishOptions { idempotency_key: Some(key), ..options.clone() };
        let outcome = self.with_key_lease(account, &options, async |context| {
            let work: BoxFuture<'_, _> = Box::pin(self.resume_upload(context, source, &options));
            work.await
        });
        outcome.await
    }

    /// Returns the publishes of `account` that have not ended, the most recently written first.
    pub(crate) async fn unfinished(&self, account: &AccountKey) -> Result<Vec<UnfinishedPublish>> {
        Ok(self.journal.unfinished(account).await?.into_iter().map(UnfinishedPublish::from).collect())
    }

    async fn key_of(&self, account: &AccountKey, name: &str) -> Result<String> {
        let row = match self.journal.find(account, checked_key(name)?).await? {
            Some(row) => Some(row),
            None => self.journal.find_publish(name).await?.filter(|row| row.account == *account),
        };
        row.map(|row| row.key).ok_or_else(unknown)
    }

    async fn resume_upload(
        &self,
        context: &PublishContext<'_>,
        source: Option<&VideoSource>,
        options: &PublishOptions,
    ) -> Result<PublishOutcome> {
        let &PublishContext { account, key, created_id, lease, ref attempt, .. } = context;
        let journal =
            Journal::find(&self.journal, &self.pipeline, account, key).await?.ok_or_else(unknown)?;
        let Some(publish_id) = journal.publish_id().map(str::to_owned) else {
            let may_be_posted = journal.is_pulled() && journal.phase() == PublishPhase::Intent;
            return Err(if may_be_posted { unclear_start() } else { not_started() });
        };
        // The publish was abandoned before TikTok had all bytes, so TikTok cannot report an outcome.
        if journal.was_given_up() {
            return Err(not_started());
        }
        let _ = created_id.set(publish_id.clone());
        if !matches!(journal.phase(), PublishPhase::Sending | PublishPhase::LastChunk) {
            return self.query_outcome(account, &publish_id, Some(journal), Some(lease), options).await;
        }
        let target = journal.upload_target()?;
        self.pipeline.bearer(account).await?;
        let source = match open(&self.outbound, source, &target, &journal).await {
            Ok(source) => source,
            // The file is not needed if its last bytes have arrived and the journal does not record this yet.
            Err(_) if self.has_all(account, &publish_id, &journal).await => {
                let mut journal = journal.take_over(&self.pipeline, attempt).await?;
                journal.accepted(journal.video_size()).await?;
                return self.query_outcome(account, &publish_id, Some(journal), Some(lease), options).await;
            }
            Err(error) => return Err(error),
        };
        let mime = source.probe().await?.container.mime();
        let journal = journal.take_over(&self.pipeline, attempt).await?;
        let reporter =
            Reporter::new(options.progress.clone(), Arc::clone(&self.pipeline.clock), source.size());
        let (accepted, visible) = (journal.accepted_bytes(), journal.may_become_public());
        let machine = Machine::resumed(journal.plan()?, accepted, visible, options.wait)
            .inheriting(journal.may_have_sent_the_last_chunk());
        let upload_url = target.upload_url;
        let sending = Sending { source, mime, journal, publish_id, upload_url, machine, reporter };
        let (status, phase) = self.send(context, sending).await?;
        let username = self.pipeline.session.username(account).await?;
        Ok(PublishOutcome::new(status, phase, key, username.as_deref(), false))
    }

    /// Returns true when TikTok reports that it needs no more bytes. If TikTok reports nothing, bytes are assumed to be
    /// missing.
    async fn has_all(&self, account: &AccountKey, publish_id: &str, journal: &Journal) -> bool {
        let Ok(call) = FetchStatus::new(publish_id) else { return false };
        let Ok(status) = self.pipeline.run(account, &call).await else { return false };
        let size = journal.plan().ok().map(|plan| plan.video_size());
        status.status != StatusCode::ProcessingUpload
            || status.uploaded_bytes.is_some_and(|n| Some(n) == size)
    }
}

/// Opens the given source, or otherwise the original file, and compares its digest with the recorded digest. Resuming
/// with a different file would upload a corrupt video.
async fn open(
    outbound: &Outbound,
    given: Option<&VideoSource>,
    target: &UploadTarget,
    journal: &Journal,
) -> Result<Source> {
    let user = |error: Error| error.with_owner(Owner::User);
    let recorded_file = target.file.clone().map(VideoSource::File);
    let Some(source) = given.or(recorded_file.as_ref()) else {
        return Err(user(Error::invalid(
            "the original video source is unavailable; pass the same file, the same bytes, or a new stream from the \
             first byte",
        ).with_reason(Reason::SourceUnavailable)));
    };
    if matches!(source, VideoSource::Url(_) | VideoSource::UrlOrRelay(_)) {
        return Err(user(Error::invalid(
            "this publish was started as an upload, so TikTok cannot fetch it from a URL; pass the same video again",
        ).with_reason(Reason::SourceUnavailable)));
    }
    let opened = Source::open(source, outbound).await.map_err(|error| {
        if !matches!(source, VideoSource::File(_)) {
            return error;
        }
        let message = format!("{}; if the file was moved, pass its new path", error.message());
        error.with_message(message)
    })?;
    if opened.has_digest(journal.content_digest()).await? {
        return Ok(opened);
    }
    let what = match source {
        VideoSource::File(path) => path.display().to_string(),
        _ => "the video".to_owned(),
    };
    let message = format!(
        "{what} differs from the video of this publish ({} bytes when the publish started, {} now); pass the unchanged \
         video, or publish with a new idempotency key",
        journal.video_size(),
        opened.size(),
    );
    Err(user(Error::new(ErrorKind::Conflict, message).with_reason(Reason::VideoChanged)))
}

pub(super) fn unknown() -> Error {
    Error::new(
        ErrorKind::NotFound,
        "this account has no publish with this idempotency key or publish id; check it and the configured store",
    )
    .with_owner(Owner::User)
}

/// Returns the error for a publish that cannot have been posted.
fn not_started() -> Error {
    Error::new(
        ErrorKind::Conflict,
        "nothing to resume: TikTok received no data for this publish; publish again, with the same idempotency key \
         if you like",
    )
    .with_reason(Reason::NothingToResume)
    .with_owner(Owner::User)
    .with_safe_to_repeat(true)
}
