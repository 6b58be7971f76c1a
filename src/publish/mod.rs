//! Publishing a video: judged before a byte is sent, uploaded in chunks, at most once, with its outcome.

mod bytes_source;
mod claim;
mod closing;
mod driver;
mod fingerprint;
mod journal;
mod journaled;
mod judge;
mod last_error;
mod machine;
mod news;
mod pace;
mod progress;
mod pulled;
mod relay;
mod resume;
mod retention;
mod route;
mod run;
mod source;
mod start;
mod stream_source;
mod upload;
mod waiters;
mod watch;

pub use closing::LeftPublish;
pub(crate) use driver::Publisher;
pub use journaled::JournaledPublish;
pub use news::WebhookEffect;
pub(crate) use news::end_connections;
pub use progress::{CancelToken, Phase, PublishProgress};
pub use stream_source::VideoStream;

use crate::api::post::{PostForm, PostInfo};
use crate::api::status::{PublishStatus, StatusCode};
use crate::clock::Timestamp;
use crate::error::Result;
use crate::media::VideoInfo;
use crate::secret::Secret;
use crate::store::PublishRow;
use bytes::Bytes;
use serde::Serialize;
use source::FileSource;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::io::AsyncRead;

/// Where a video comes from.
#[derive(Clone)]
pub enum VideoSource {
    /// Path of an MP4, MOV or WebM file.
    File(PathBuf),
    /// The bytes of such a file, kept in memory until they are sent.
    Bytes(Bytes),
    /// Such a file as a stream of known length; made by [`VideoSource::stream`].
    Stream(VideoStream),
    /// TikTok fetches it from this https address, on a domain that is verified for the app, within one hour.
    Url(Secret),
    /// As [`VideoSource::Url`]; when TikTok says that the domain is not verified for the app, as [`VideoSource::Relay`].
    UrlOrRelay(Secret),
    /// Read from this public https address and sent on as it comes, stored nowhere; like [`VideoSource::stream`] otherwise.
    /// The host must say how long the video is. Private addresses are refused, also behind redirects; loopback is allowed
    /// only by [`ConfigBuilder::relay_from_loopback`](crate::ConfigBuilder::relay_from_loopback). The host must answer within
    /// 30 s and keep the pace of [`VideoSource::stream`].
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
    /// A stream of `length` bytes, read no faster than TikTok takes them and only once: at most 10.5 MB of it are kept, to
    /// repeat a chunk that is lost. It travels in chunks of 5,242,880 bytes or a little more.
    ///
    /// The video is judged by its first chunk before a byte is sent; when its headers are not among them, it is sent all the
    /// same and the outcome warns of it. The last byte is held back until the stream has ended, so one that is shorter or
    /// longer than `length` is never posted.
    ///
    /// The publish waits for the stream at most 60 s altogether; each byte that comes earns 0.1 ms of it back, so a stream
    /// must keep an average of 10,000 bytes per second. All bytes must have come within the hour in which TikTok takes them.
    /// A stream that is slower ends the publish with [`ErrorKind::Unavailable`](crate::ErrorKind::Unavailable). Time in which
    /// TikTok does not take bytes does not count. A publish that was interrupted goes on when the same bytes are given again as a
    /// new stream, from the first byte, under the same idempotency key.
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

/// A video and how it is shown.
#[derive(Debug, Clone)]
pub struct PublishVideo {
    /// Where it comes from.
    pub source: VideoSource,
    /// How it is shown; a direct post needs a privacy level, which has no default.
    pub post: PostInfo,
    /// Sent to the creator's inbox rather than posted. TikTok then ignores the settings, and the outcome warns of each.
    pub draft: bool,
}

impl PublishVideo {
    /// A video that is posted.
    #[must_use]
    pub fn new(source: impl Into<VideoSource>, post: PostInfo) -> Self {
        Self { source: source.into(), post, draft: false }
    }

    /// A video that is sent to the creator's inbox.
    #[must_use]
    pub fn draft(source: impl Into<VideoSource>) -> Self {
        Self { source: source.into(), post: PostInfo::draft(), draft: true }
    }
}

/// Photos, which TikTok fetches from their addresses, and how they are shown.
#[derive(Debug, Clone)]
pub struct PublishPhotos {
    /// 1 to 35 https addresses of JPEG or `WebP` files of at most 1080x1920 pixels and 20 MB, on a domain that is verified for the
    /// app.
    pub urls: Vec<Secret>,
    /// Which of them is the cover, from 0.
    pub cover_index: usize,
    /// How they are shown; a direct post needs a privacy level, which has no default.
    pub post: PostInfo,
    /// Sent to the creator's inbox rather than posted. TikTok then reads title and description alone.
    pub draft: bool,
}

/// Called with each step forward. It runs on a worker thread and must return quickly.
pub type ProgressFn = Arc<dyn Fn(PublishProgress) + Send + Sync>;

/// How a publish is done.
#[derive(Clone)]
pub struct PublishOptions {
    /// Posts at most once per key and account; one is made when absent.
    pub idempotency_key: Option<String>,
    /// Whether to wait for TikTok's outcome, or only until all bytes were accepted.
    pub wait: bool,
    /// Hears of each step.
    pub progress: Option<ProgressFn>,
    /// Stops the work at any moment.
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

/// What became of a publish.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PublishOutcome {
    /// TikTok's id of the publish.
    pub publish_id: String,
    /// TikTok's last word.
    pub status: StatusCode,
    /// Why it failed; an outcome that is returned has none.
    pub fail_reason: Option<String>,
    /// Ids of public posts, as text.
    pub post_ids: Vec<String>,
    /// Bytes that TikTok has.
    pub uploaded_bytes: Option<u64>,
    /// The first post id; only public posts get one.
    pub post_id: Option<String>,
    /// The link to the post, when its id and the creator's handle are known.
    pub share_url: Option<String>,
    /// `Moderating` when it is posted and its public id is still to come.
    pub phase: Phase,
    /// The key under which the same publish is found again.
    pub idempotency_key: String,
    /// What the caller should know, one sentence each: the settings that TikTok ignores in a draft, a cover frame of a post
    /// that not everyone may see, a stream that could not be judged before it was sent.
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
        // The form of docs/tiktok-api.md 5.8, "Building the link".
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
            format!("TikTok ignores {} in a draft: the creator chooses it in TikTok", name.replace('_', " "))
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

/// A publish of the journal that has no end yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UnfinishedPublish {
    /// The key under which it goes on.
    pub idempotency_key: String,
    /// TikTok's id; `None` while nobody knows whether TikTok has begun it.
    pub publish_id: Option<String>,
    /// Bytes that TikTok has accepted.
    pub accepted_bytes: u64,
    /// The size of the video; 0 for what TikTok fetches itself.
    pub total_bytes: u64,
    /// Photos rather than a video.
    pub photos: bool,
    /// Sent to the creator's inbox rather than posted.
    pub draft: bool,
    /// When it began.
    pub begun_at: Timestamp,
    /// When it last came further.
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
            begun_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// Reads the headers of the video file at `path`.
pub(crate) async fn open_video(path: &Path) -> Result<VideoInfo> {
    FileSource::open(path).await?.probe().await
}
