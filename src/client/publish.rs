//! Publishing, its status and its end.

use super::Client;
use crate::api::status::{CancelPublish, FetchStatus, PublishStatus};
use crate::clock::BoxFuture;
use crate::error::{Error, ErrorKind, Result};
use crate::media::{self, Finding, VideoInfo};
use crate::publish::{
    JournaledPublish, PublishOptions, PublishOutcome, PublishPhotos, PublishVideo, UnfinishedPublish,
    VideoSource, open_video,
};
use crate::store::AccountKey;
use serde::Serialize;
use std::path::Path;

/// What a file is, and which of TikTok's rules it breaks.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ProbeReport {
    /// What the headers say.
    pub video: VideoInfo,
    /// The rules that the file breaks; empty when TikTok should take it.
    pub findings: Vec<Finding>,
}

/// Reads a file's headers and judges them by TikTok's rules. Needs no client and no network.
pub async fn probe_video(file: &Path) -> Result<ProbeReport> {
    let named = |error: Error| error.with_operation("probe_video");
    let video = open_video(file).await.map_err(named)?;
    let findings = media::findings(&video, None);
    Ok(ProbeReport { video, findings })
}

impl Client {
    /// Reads a file's headers and judges them by TikTok's rules; see [`probe_video`], which needs no client.
    pub async fn probe_video(&self, file: &Path) -> Result<ProbeReport> {
        self.operation("probe_video", probe_video(file)).await
    }

    /// Posts a video: judged, uploaded in chunks, and waited for. A file upload posts at most once per key, whatever processes
    /// live, sleep or die, as long as the store keeps its conditional writes. The same key continues an interrupted upload after
    /// the last accepted byte, and after success returns the same publish. [`super::ClientBuilder::journal_retention`] says how
    /// long a key is remembered.
    ///
    /// # Errors
    /// [`ErrorKind::Conflict`] among others: the key belongs to another publish, or another process took the publish over, so
    /// this one stopped before it sent another byte.
    pub async fn publish_video(
        &self,
        account: &AccountKey,
        input: &PublishVideo,
        options: &PublishOptions,
    ) -> Result<PublishOutcome> {
        // Boxed and erased: it is far larger than any other future, and so deep a type overflows the recursion limit of hosts.
        let work: BoxFuture<'_, _> = Box::pin(self.shared.publisher.publish(account, input, options));
        self.operation("publish_video", work).await
    }

    /// Posts photos, or sends them as a draft; TikTok fetches them from their URLs. They are sent at most once automatically:
    /// when the answer to the init is lost, the key stays a conflict until the caller decides with [`Client::abandon_publish`]. A
    /// webhook cannot end it, since it names TikTok's publish id, which was in the lost answer.
    pub async fn publish_photos(
        &self,
        account: &AccountKey,
        input: &PublishPhotos,
        options: &PublishOptions,
    ) -> Result<PublishOutcome> {
        let work: BoxFuture<'_, _> = Box::pin(self.shared.publisher.publish_photos(account, input, options));
        self.operation("publish_photos", work).await
    }

    /// Goes on with a publish that this or another process has begun, after the last byte that TikTok accepted; `name` is
    /// its idempotency key or TikTok's publish id. One whose bytes TikTok has is waited for.
    ///
    /// `source` gives the same video again; without it the file is opened where it was. It is held against the mark of the
    /// beginning before a byte is sent. The `idempotency_key` of `options` is not looked at.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] for an unknown name or a file that is gone, [`ErrorKind::Conflict`] for a file that changed,
    /// for a publish that another process works on, and for one that TikTok has not begun as far as is known:
    /// [`Error::is_safe_to_repeat`] says whether it may be published again under its key.
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

    /// The publishes of `account` that have no end in the journal yet, the last written first.
    pub async fn unfinished_publishes(&self, account: &AccountKey) -> Result<Vec<UnfinishedPublish>> {
        self.operation("unfinished_publishes", self.shared.publisher.unfinished(account)).await
    }

    /// Returns what the journal has under `idempotency_key`, whichever process works on it; `None` when there is nothing. Asks
    /// the store alone.
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

    /// Asks the attempt that works on a publish to stop, in whichever process on this store it runs, and returns the publish
    /// as it is then. The attempt reads the request within 2 s and ends as by its own
    /// [`CancelToken`](crate::CancelToken): with [`ErrorKind::Cancelled`], and
    /// [`Error::may_have_been_sent`] once TikTok has a task for it. Bytes that TikTok already took are not taken back.
    ///
    /// A publish that is posted, and one whose last attempt ended, stays as it is; `cancel_requested` is `false` then. The next
    /// attempt under the key starts without the request. [`Client::cancel_publish`] asks TikTok instead.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] for a key of which the journal has nothing, also when its attempt still judges the video.
    pub async fn request_cancel(
        &self,
        account: &AccountKey,
        idempotency_key: &str,
    ) -> Result<JournaledPublish> {
        self.operation("request_cancel", self.shared.publisher.request_cancel(account, idempotency_key)).await
    }

    /// Gives up a publish of which nobody can say whether a post comes of it: its init, or the last chunk of its upload, may
    /// have been sent. Then the same key may be used again.
    ///
    /// First look for the post in TikTok, and make sure that no other process still works on this publish: one that sleeps with
    /// its request unsent could still post it. A process that wakes up later loses the publish and stops. The next upload under the
    /// key asks TikTok once more about the abandoned one, and starts no other when that was posted.
    ///
    /// # Errors
    /// [`ErrorKind::Conflict`] when TikTok has a task for it that can still complete, or another process writes it at this
    /// moment; [`ErrorKind::NotFound`] for an unknown key.
    pub async fn abandon_publish(&self, account: &AccountKey, idempotency_key: &str) -> Result<()> {
        self.operation("abandon_publish", self.shared.publisher.abandon(account, idempotency_key)).await
    }

    /// Asks TikTok once how far a publish is.
    pub async fn publish_status(&self, account: &AccountKey, publish_id: &str) -> Result<PublishStatus> {
        self.operation("publish_status", async {
            self.shared.pipeline.run(account, &FetchStatus::new(publish_id)?).await
        })
        .await
        .map_err(|error| about(error, publish_id))
    }

    /// Asks, within the limits, until a publish has an outcome.
    pub async fn wait_for_publish(
        &self,
        account: &AccountKey,
        publish_id: &str,
        options: &PublishOptions,
    ) -> Result<PublishOutcome> {
        let work: BoxFuture<'_, _> = Box::pin(self.shared.publisher.wait(account, publish_id, options));
        self.operation("wait_for_publish", work).await
    }

    /// Asks TikTok to stop a publish. Best effort, meant for tasks that TikTok fetches itself; a finished post stays.
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
