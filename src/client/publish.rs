//! Publishes videos and photos, queries their status, and cancels them.

use super::Client;
use crate::api::consumer::status::{CancelPublish, FetchStatus, PublishStatus};
use crate::clock::BoxFuture;
use crate::error::{Error, ErrorKind, Result};
use crate::media::{self, Finding, VideoInfo};
use crate::model::AccountKey;
use crate::publish::{
    JournaledPublish, PublishOptions, PublishOutcome, PublishPhotos, PublishVideo, UnfinishedPublish,
    VideoSource, open_video,
};
use serde::Serialize;
use std::path::Path;

/// Properties of a video file, and the TikTok rules that the file violates.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ProbeReport {
    /// The properties that the file's headers contain.
    pub video: VideoInfo,
    /// The rules that the file violates. If empty, TikTok should accept the file.
    pub findings: Vec<Finding>,
}

/// Reads a file's headers and checks them against TikTok's rules. Requires neither a client nor a network.
pub async fn probe_video(file: &Path) -> Result<ProbeReport> {
    let named = |error: Error| error.with_operation("probe_video");
    let video = open_video(file).await.map_err(named)?;
    let findings = media::findings(&video, None);
    Ok(ProbeReport { video, findings })
}

impl Client {
    /// Reads a file's headers and checks them against TikTok's rules; see [`probe_video`], which requires no client.
    pub async fn probe_video(&self, file: &Path) -> Result<ProbeReport> {
        self.operation("probe_video", probe_video(file)).await
    }

    /// Posts a video: checks it, uploads it in chunks, and waits for the outcome. A file upload posts at most once per
    /// key, even when processes are suspended or die, provided that the store implements conditional writes correctly.
    /// A call with the same key continues an interrupted upload after the last complete chunk, and returns the same
    /// publish after success. [`super::ClientBuilder::journal_retention`] sets how long a key is kept.
    ///
    /// # Errors
    /// [`ErrorKind::Conflict`], among others, when the key belongs to another publish, or when another process has
    /// taken over the publish. In the second case, this call stops before it sends another byte.
    pub async fn publish_video(
        &self,
        account: &AccountKey,
        input: &PublishVideo,
        options: &PublishOptions,
    ) -> Result<PublishOutcome> {
        // Boxed and type-erased: this future is far larger than any other, and its nested type would exceed the recursion limit
        // of host crates.
        let work: BoxFuture<'_, _> = Box::pin(self.shared.publisher.publish(account, input, options));
        self.operation("publish_video", work).await
    }

    /// Posts photos, or sends them as a draft. TikTok fetches the photos from their URLs. toklink sends the request at
    /// most once. If the response to the init request is lost, every call with the same idempotency key fails with
    /// `Conflict` until the caller calls [`Client::abandon_publish`]. A webhook cannot resolve the conflict, because it
    /// identifies the publish by the id that was in the lost response.
    pub async fn publish_photos(
        &self,
        account: &AccountKey,
        input: &PublishPhotos,
        options: &PublishOptions,
    ) -> Result<PublishOutcome> {
        let work: BoxFuture<'_, _> = Box::pin(self.shared.publisher.publish_photos(account, input, options));
        self.operation("publish_photos", work).await
    }

    /// Resumes a publish that this or another process has started, after the last byte that TikTok accepted. `name` is
    /// the idempotency key or TikTok's publish id. When TikTok already has all bytes, this method only waits for the
    /// outcome.
    ///
    /// `source` supplies the same video again. Without it, toklink opens the original file. toklink compares the
    /// video's digest with the recorded one before it sends a byte. The `idempotency_key` of `options` is ignored.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] for an unknown name or a missing file. [`ErrorKind::Conflict`] when the file has
    /// changed, when another process works on the publish, or when TikTok may not have created the publish:
    /// [`Error::is_safe_to_repeat`] states whether it may be published again under its key.
    pub async fn resume_publish(
        &self,
        account: &AccountKey,
        name: &str,
        source: Option<&VideoSource>,
        options: &PublishOptions,
    ) -> Result<PublishOutcome> {
        let work: BoxFuture<'_, _> = Box::pin(self.shared.publisher.resume(account, name, source, options));
        self.operation("resume_publish", work).await
    }

    /// Returns the account's publishes that have not ended according to the journal, the most recently updated first.
    pub async fn unfinished_publishes(&self, account: &AccountKey) -> Result<Vec<UnfinishedPublish>> {
        self.operation("unfinished_publishes", self.shared.publisher.unfinished(account)).await
    }

    /// Returns the publish recorded under `idempotency_key`, regardless of which process works on it, or `None` if
    /// there is none. Only reads the store.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`] when the store fails.
    pub async fn find_publish(
        &self,
        account: &AccountKey,
        idempotency_key: &str,
    ) -> Result<Option<JournaledPublish>> {
        self.operation("find_publish", self.shared.publisher.find(account, idempotency_key)).await
    }

    /// Asks the attempt that works on a publish to stop, in any process that shares this store. Returns the state of
    /// the publish. The attempt reads the request within 2 s and ends as if its own [`CancelToken`](crate::CancelToken)
    /// was cancelled: with [`ErrorKind::Cancelled`], and with [`Error::may_have_been_sent`] if TikTok has already
    /// created the publish. Bytes that TikTok has accepted are not withdrawn.
    ///
    /// If the publish was posted, or if its last attempt has ended, this method changes nothing and `cancel_requested`
    /// is `false`. The request does not affect the next attempt under the key. To cancel the publish at TikTok, use
    /// [`Client::cancel_publish`].
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] when the key is not in the journal. This includes a key whose first attempt is still
    /// checking the video.
    pub async fn request_cancel(
        &self,
        account: &AccountKey,
        idempotency_key: &str,
    ) -> Result<JournaledPublish> {
        self.operation("request_cancel", self.shared.publisher.request_cancel(account, idempotency_key)).await
    }

    /// Abandons a publish whose outcome is unknown because its init request, or the last chunk of its upload, may have
    /// been sent. The same key can then be used again.
    ///
    /// First look for the post in TikTok, and verify that no other process still works on this publish: a suspended
    /// process with an unsent request could still post it. A process that resumes later loses the publish and stops.
    /// The next upload under the key first queries the abandoned publish, and does not start if that was posted.
    ///
    /// # Errors
    /// [`ErrorKind::Conflict`] when TikTok has created the publish and can still complete it, or when another process
    /// updates its row at the same time. [`ErrorKind::NotFound`] for an unknown key.
    pub async fn abandon_publish(&self, account: &AccountKey, idempotency_key: &str) -> Result<()> {
        self.operation("abandon_publish", self.shared.publisher.abandon(account, idempotency_key)).await
    }

    /// Queries the status of a publish once.
    pub async fn publish_status(&self, account: &AccountKey, publish_id: &str) -> Result<PublishStatus> {
        self.operation("publish_status", async {
            self.shared.pipeline.run(account, &FetchStatus::new(publish_id)?).await
        })
        .await
        .map_err(|error| about(error, publish_id))
    }

    /// Queries the status repeatedly, within the rate limits, until the publish has an outcome.
    pub async fn wait_for_publish(
        &self,
        account: &AccountKey,
        publish_id: &str,
        options: &PublishOptions,
    ) -> Result<PublishOutcome> {
        let work: BoxFuture<'_, _> = Box::pin(self.shared.publisher.wait(account, publish_id, options));
        self.operation("wait_for_publish", work).await
    }

    /// Asks TikTok to stop a publish whose media TikTok fetches itself. TikTok may not comply, and a finished post
    /// stays.
    pub async fn cancel_publish(&self, account: &AccountKey, publish_id: &str) -> Result<()> {
        self.operation("cancel_publish", async {
            self.shared.pipeline.run(account, &CancelPublish::new(publish_id)?).await
        })
        .await
        .map_err(|error| about(error, publish_id))
    }
}

fn about(error: Error, publish_id: &str) -> Error {
    if error.kind() == ErrorKind::InvalidInput { error } else { error.with_publish_id(publish_id) }
}
