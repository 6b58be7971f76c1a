//! Publishes videos and photos: checks them before sending, uploads them in chunks, posts at most once, and returns the
//! outcome.

mod chunk_plan;
mod closing;
mod context;
mod file_source;
mod fingerprint;
mod journal;
mod journaled;
mod key_lease;
mod last_error;
mod machine;
mod pace;
mod poll_interval;
mod progress;
mod publisher;
mod pull_from_url;
mod relay;
mod resume;
mod retention;
mod retention_schedule;
mod run;
mod scopes;
mod source;
mod start;
mod stream_digest;
mod stream_source;
mod upload;
mod upload_rate;
mod upload_target;
mod validate;
mod waiters;
mod watch;
mod webhook_update;

pub use chunk_plan::ChunkPlan;
pub use closing::LeftPublish;
pub use journaled::JournaledPublish;
pub use progress::{CancelToken, Phase, PublishProgress};
pub(crate) use publisher::Publisher;
pub use stream_source::VideoStream;
pub use validate::MAX_IDEMPOTENCY_KEY_BYTES;
pub use webhook_update::WebhookEffect;
pub(crate) use webhook_update::end_connections;

use crate::api::consumer::post::{PostForm, PostInfo};
use crate::api::consumer::status::{PublishStatus, StatusCode};
use crate::clock::Timestamp;
use crate::error::Result;
use crate::media::VideoInfo;
use crate::secret::Secret;
use crate::store::PublishRow;
use bytes::Bytes;
use file_source::FileSource;
use serde::Serialize;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::io::AsyncRead;

/// The source of a video.
#[derive(Clone)]
pub enum VideoSource {
    /// Path of an MP4, MOV or WebM file.
    File(PathBuf),
    /// The bytes of a video file, kept in memory until they are sent.
    Bytes(Bytes),
    /// The bytes of a video file as a stream of known length; created by [`VideoSource::stream`].
    Stream(VideoStream),
    /// An https URL that TikTok fetches itself, within one hour. Its domain must be verified for the app.
    Url(Secret),
    /// Like [`VideoSource::Url`]. If TikTok reports that the domain is not verified for the app, continues like
    /// [`VideoSource::Relay`].
    UrlOrRelay(Secret),
    /// A public https URL that this process reads and forwards to TikTok without storing it; otherwise like
    /// [`VideoSource::stream`]. The host must send the video's length, respond within 30 s and keep the minimum rate of
    /// [`VideoSource::stream`]. Private addresses are rejected, even after redirects. Loopback is allowed only with
    /// [`ConfigBuilder::relay_from_loopback`](crate::ConfigBuilder::relay_from_loopback).
    Relay(Secret),
}

impl fmt::Debug for VideoSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
            Self::Bytes(bytes) => f.debug_tuple("Bytes").field(&bytes.len()).finish(),
            Self::Stream(stream) => f.debug_tuple("Stream").field(&stream.length()).finish(),
            Self::Url(url) => f.debug_tuple("Url").field(url).finish(),
            Self::UrlOrRelay(url) => f.debug_tuple("UrlOrRelay").field(url).finish(),
            Self::Relay(url) => f.debug_tuple("Relay").field(url).finish(),
        }
    }
}

impl VideoSource {
    /// Returns a source for a stream of `length` bytes. The stream is read once, and no faster than TikTok accepts the
    /// bytes. At most 10.5 MB of it stay in memory, so that a lost chunk can be sent again. Each chunk has
    /// 5,242,880 bytes or slightly more.
    ///
    /// The first chunk is checked against TikTok's rules before any byte is sent. If that chunk does not contain the
    /// video's headers, the video is sent unchecked and the outcome contains a warning. The last byte is sent only
    /// after the stream has ended, so a stream that is shorter or longer than `length` is never posted.
    ///
    /// The publish waits for the stream at most 60 s in total. Each received byte adds 0.1 ms to this time, up to 60 s,
    /// so a stream must deliver 10,000 bytes per second on average. All bytes must arrive within the hour in which
    /// TikTok accepts them. A slower stream fails the publish with
    /// [`ErrorKind::Unavailable`](crate::ErrorKind::Unavailable). Time during which TikTok does not accept bytes does
    /// not count. To resume an interrupted publish, pass the same bytes as a new stream, from the first byte, with the
    /// same idempotency key.
    #[must_use]
    pub fn stream(reader: impl AsyncRead + Send + 'static, length: u64) -> Self {
        Self::Stream(VideoStream::new(reader, length))
    }
}

impl<P: Into<PathBuf>> From<P> for VideoSource {
    fn from(path: P) -> Self {
        Self::File(path.into())
    }
}

/// A video and the settings of its post.
#[derive(Debug, Clone)]
pub struct PublishVideo {
    /// Source of the video.
    pub source: VideoSource,
    /// Settings of the post. A direct post needs a privacy level, which has no default.
    pub post: PostInfo,
    /// True to send the video to the creator's inbox instead of posting it. TikTok then ignores the settings, and the
    /// outcome contains a warning for each ignored setting.
    pub draft: bool,
}

impl PublishVideo {
    /// Creates a video that is posted directly.
    #[must_use]
    pub fn new(source: impl Into<VideoSource>, post: PostInfo) -> Self {
        Self { source: source.into(), post, draft: false }
    }

    /// Creates a video that is sent to the creator's inbox.
    #[must_use]
    pub fn draft(source: impl Into<VideoSource>) -> Self {
        Self { source: source.into(), post: PostInfo::draft(), draft: true }
    }
}

/// Photos, which TikTok fetches from their URLs, and the settings of the post.
#[derive(Debug, Clone)]
pub struct PublishPhotos {
    /// The photos: 1 to 35 https URLs of JPEG or `WebP` files of at most 1080x1920 pixels and 20 MB, on a domain that
    /// is verified for the app.
    pub urls: Vec<Secret>,
    /// Index of the cover photo, starting at 0.
    pub cover_index: usize,
    /// Settings of the post. A direct post needs a privacy level, which has no default.
    pub post: PostInfo,
    /// True to send the photos to the creator's inbox instead of posting them. TikTok then reads only the title and the
    /// description.
    pub draft: bool,
}

/// Progress callback. It runs on a worker thread and must not block.
pub type ProgressFn = Arc<dyn Fn(PublishProgress) + Send + Sync>;

/// Options of a publish.
#[derive(Clone)]
pub struct PublishOptions {
    /// Idempotency key of at most [`MAX_IDEMPOTENCY_KEY_BYTES`]: the same key posts at most once per account. If it is `None`,
    /// toklink generates a random key.
    pub idempotency_key: Option<String>,
    /// True to wait for TikTok's outcome; false to return as soon as TikTok has accepted all bytes.
    pub wait: bool,
    /// Progress callback, called at each step.
    pub progress: Option<ProgressFn>,
    /// A token that can cancel the publish at any time.
    pub cancel: CancelToken,
}

impl Default for PublishOptions {
    fn default() -> Self {
        Self { idempotency_key: None, wait: true, progress: None, cancel: CancelToken::new() }
    }
}

impl fmt::Debug for PublishOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PublishOptions")
            .field("idempotency_key", &self.idempotency_key)
            .field("wait", &self.wait)
            .finish_non_exhaustive()
    }
}

/// Outcome of a publish.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PublishOutcome {
    /// TikTok's id of the publish.
    pub publish_id: String,
    /// The last status that TikTok reported.
    pub status: StatusCode,
    /// TikTok's reason for a failure. A returned outcome never has one.
    pub fail_reason: Option<String>,
    /// Ids of public posts, as text.
    pub post_ids: Vec<String>,
    /// Number of bytes that TikTok has received.
    pub uploaded_bytes: Option<u64>,
    /// The first post id. Only public posts have one.
    pub post_id: Option<String>,
    /// URL of the post; `None` unless its id and the creator's user name are known.
    pub share_url: Option<String>,
    /// `Moderating` when the post exists but has no public id yet.
    pub phase: Phase,
    /// The idempotency key that identifies this publish.
    pub idempotency_key: String,
    /// Warnings, one sentence each: settings that TikTok ignores in a draft, a cover frame for a post that is not
    /// public, or a stream that could not be checked before it was sent.
    pub warnings: Vec<String>,
}

impl PublishOutcome {
    pub(crate) fn new(
        status: PublishStatus,
        phase: Phase,
        idempotency_key: &str,
        username: Option<&str>,
        photos: bool,
    ) -> Self {
        let post_id = status.post_ids.first().cloned();
        // The URL format of docs/tiktok-api.md 5.8, "Building the link".
        let share_url = post_id.as_ref().zip(username).map(|(id, name)| {
            format!("https://www.tiktok.com/@{name}/{}/{id}", if photos { "photo" } else { "video" })
        });
        Self {
            publish_id: status.publish_id,
            status: status.status,
            fail_reason: status.fail_reason,
            post_ids: status.post_ids,
            uploaded_bytes: status.uploaded_bytes,
            post_id,
            share_url,
            phase,
            idempotency_key: idempotency_key.to_owned(),
            warnings: Vec::new(),
        }
    }

    /// Adds a warning for each setting that TikTok ignores.
    pub(crate) fn warned(mut self, post: &PostInfo, form: PostForm) -> Self {
        let sentence = |name: &str| {
            format!(
                "TikTok ignores the {} of a draft, because the creator chooses it in TikTok",
                name.replace('_', " ")
            )
        };
        self.warnings.extend(post.ignored(form).into_iter().map(sentence));
        if post.loses_cover(form) {
            self.warnings.push(
                "TikTok applies a cover frame to PUBLIC_TO_EVERYONE posts only; this post shows the first frame"
                    .to_owned(),
            );
        }
        self
    }
}

/// A publish in the journal that has not ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UnfinishedPublish {
    /// The idempotency key that resumes the publish.
    pub idempotency_key: String,
    /// TikTok's publish id; `None` while it is unknown whether TikTok has created the publish.
    pub publish_id: Option<String>,
    /// Bytes that TikTok has accepted.
    pub accepted_bytes: u64,
    /// Size of the video in bytes; 0 for media that TikTok fetches itself.
    pub total_bytes: u64,
    /// True for photos, false for a video.
    pub photos: bool,
    /// True for a draft, which is sent to the creator's inbox.
    pub draft: bool,
    /// Time at which the publish started.
    pub started_at: Timestamp,
    /// Time of the publish's last progress.
    pub updated_at: Timestamp,
}

impl From<PublishRow> for UnfinishedPublish {
    fn from(row: PublishRow) -> Self {
        Self {
            idempotency_key: row.key,
            publish_id: row.publish_id,
            accepted_bytes: row.accepted_bytes,
            total_bytes: row.video_size,
            photos: row.photos,
            draft: row.draft,
            started_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// Reads the headers of the video file at `path`.
pub(crate) async fn open_video(path: &Path) -> Result<VideoInfo> {
    FileSource::open(path).await?.probe().await
}
