//! A publish task and its states (docs/tiktok-api.md 5.8, 14 E11).

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::media::{MediaInfo, Probe};
use crate::model::Video;
use crate::model::ids::{Ids, hex};
use crate::settings::Settings;

/// Lifetime of the upload URL and of an unfinished pull, milliseconds (docs/tiktok-api.md 5.3, 5.6).
pub(crate) const TASK_LIFE_MS: i64 = 3_600_000;
/// Number of bytes that take 1 ms to process: 1 GB takes under a minute (docs/tiktok-api.md 5.8, timing).
const BYTES_PER_MS: u64 = 20_000;

/// Kind of publish: direct post or draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Direct,
    Inbox,
}

/// `post_info` from the init request (docs/tiktok-api.md 5.3); empty for drafts.
#[derive(Debug, Clone, Default)]
pub(crate) struct PostInfo {
    pub(crate) title: String,
    /// Only for photo posts.
    pub(crate) description: String,
    pub(crate) privacy_level: String,
    pub(crate) disable_duet: bool,
    pub(crate) disable_stitch: bool,
    pub(crate) disable_comment: bool,
    pub(crate) brand_content: bool,
    pub(crate) brand_organic: bool,
    pub(crate) is_aigc: bool,
    pub(crate) cover_timestamp_ms: Option<i64>,
}

/// Source of the media.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    File,
    Pull { url: String },
    Photos { urls: Vec<String> },
}

/// Progress of a pull.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fetch {
    /// All files are fetched, or the task has no files to fetch.
    Done,
    Pending,
    Failed(&'static str),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Stage {
    Open,
    Inbox,
    Published { post_id: u64, public_from_ms: Option<i64> },
    Failed(&'static str),
}

/// One publish task.
#[derive(Debug)]
pub(crate) struct Task {
    pub(crate) publish_id: String,
    pub(crate) upload_id: String,
    pub(crate) upload_token: String,
    pub(crate) client_key: String,
    pub(crate) username: String,
    pub(crate) mode: Mode,
    pub(crate) source: Source,
    pub(crate) info: PostInfo,
    pub(crate) created_ms: i64,
    pub(crate) video_size: u64,
    pub(crate) chunk_size: u64,
    pub(crate) chunk_count: u64,
    pub(crate) received: u64,
    pub(crate) chunks: Vec<u64>,
    /// Hash of the accepted bytes. The bytes themselves are not stored.
    pub(crate) hash: Sha256,
    pub(crate) probe: Probe,
    pub(crate) fetch: Fetch,
    pub(crate) complete_ms: Option<i64>,
    media: MediaInfo,
    stage: Stage,
}

impl Task {
    pub(crate) fn new(
        ids: &mut Ids,
        now_ms: i64,
        owner: (&str, &str),
        mode: Mode,
        source: Source,
        info: PostInfo,
        sizes: (u64, u64, u64),
    ) -> Self {
        let number = ids.snowflake(now_ms);
        let shape = match (mode, &source) {
            (Mode::Direct, Source::File) => "v_pub_file~v2-1",
            (Mode::Direct, Source::Pull { .. }) => "v_pub_url~v2-1",
            (_, Source::Photos { .. }) => "p_pub_url~v2",
            (Mode::Inbox, Source::File) => "v_inbox_file~v2",
            (Mode::Inbox, Source::Pull { .. }) => "v_inbox_url~v2",
        };
        let complete_ms = (source != Source::File).then_some(now_ms);
        let fetch = if source == Source::File { Fetch::Done } else { Fetch::Pending };
        Self {
            publish_id: format!("{shape}.{number}"),
            upload_id: number.to_string(),
            upload_token: ids.uuid(),
            client_key: owner.0.to_owned(),
            username: owner.1.to_owned(),
            mode,
            source,
            info,
            created_ms: now_ms,
            video_size: sizes.0,
            chunk_size: sizes.1,
            chunk_count: sizes.2,
            received: 0,
            chunks: Vec::new(),
            hash: Sha256::new(),
            probe: Probe::default(),
            fetch,
            complete_ms,
            media: MediaInfo::default(),
            stage: Stage::Open,
        }
    }

    pub(crate) fn is_open(&self) -> bool {
        self.stage == Stage::Open
    }

    pub(crate) fn fail(&mut self, reason: &'static str) {
        self.stage = Stage::Failed(reason);
    }

    /// Returns true if this task has been or will be posted. A task with missing bytes is never posted.
    pub(crate) fn counts_as_post(&self) -> bool {
        self.mode == Mode::Direct && self.complete_ms.is_some() && !matches!(self.stage, Stage::Failed(_))
    }

    /// Returns true for a draft that is neither posted nor failed (docs/tiktok-api.md 5.4).
    pub(crate) fn is_pending_share(&self) -> bool {
        self.mode == Mode::Inbox && matches!(self.stage, Stage::Open | Stage::Inbox)
    }

    /// Returns the time at which processing finishes; `None` while bytes are missing.
    pub(crate) fn due_ms(&self, settings: &Settings) -> Option<i64> {
        let size_part = i64::try_from(self.video_size / BYTES_PER_MS).unwrap_or(0);
        self.is_open().then_some(())?;
        if self.fetch == Fetch::Pending {
            return Some(self.created_ms.saturating_add(TASK_LIFE_MS));
        }
        self.complete_ms.map(|at| at.saturating_add(settings.processing_delay_ms).saturating_add(size_part))
    }

    /// Finishes the processing, or fails a pull that is still pending after an hour. Returns the video if it will be
    /// public.
    pub(crate) fn finish(
        &mut self,
        now_ms: i64,
        settings: &Settings,
        ids: &mut Ids,
        max_duration_sec: i64,
    ) -> Option<Video> {
        let checked = match self.fetch {
            Fetch::Pending => Err(self.pull_failure()),
            Fetch::Failed(reason) => Err(reason),
            Fetch::Done if self.is_photos() => Ok(MediaInfo::default()),
            Fetch::Done => self.probe.check(settings.strict_media, max_duration_sec),
        };
        match checked {
            Err(reason) => {
                self.fail(reason);
                return None;
            }
            Ok(media) => self.media = media,
        }
        if self.mode == Mode::Inbox {
            self.stage = Stage::Inbox;
            return None;
        }
        let is_public = self.info.privacy_level == "PUBLIC_TO_EVERYONE";
        self.publish(now_ms, is_public, settings, ids)
    }

    /// Posts a draft as its creator. Returns the video if it will be public.
    pub(crate) fn post_draft(
        &mut self,
        now_ms: i64,
        is_public: bool,
        settings: &Settings,
        ids: &mut Ids,
    ) -> Option<Video> {
        self.publish(now_ms, is_public, settings, ids)
    }

    fn publish(&mut self, now_ms: i64, is_public: bool, settings: &Settings, ids: &mut Ids) -> Option<Video> {
        let public_from_ms = is_public.then_some(now_ms.saturating_add(settings.moderation_delay_ms));
        let post_id = ids.snowflake(now_ms);
        self.stage = Stage::Published { post_id, public_from_ms };
        let media = self.media;
        public_from_ms
            .map(|from| Video::new(post_id, now_ms, from, &self.info.title, self.info.is_aigc).of_file(media))
    }

    pub(crate) fn is_photos(&self) -> bool {
        matches!(self.source, Source::Photos { .. })
    }

    /// Returns the `fail_reason` of a failed pull (docs/tiktok-api.md 5.8).
    pub(crate) fn pull_failure(&self) -> &'static str {
        if self.is_photos() { "photo_pull_failed" } else { "video_pull_failed" }
    }

    /// Returns the ID of a post that is or will be public.
    pub(crate) fn announced_post_id(&self) -> Option<u64> {
        match self.stage {
            Stage::Published { post_id, public_from_ms: Some(_) } => Some(post_id),
            _ => None,
        }
    }

    /// Hides the post from everyone except its creator.
    pub(crate) fn hide_post(&mut self) {
        if let Stage::Published { public_from_ms, .. } = &mut self.stage {
            *public_from_ms = None;
        }
    }

    pub(crate) fn status(&self) -> &'static str {
        match (&self.stage, &self.source) {
            (Stage::Open, Source::File) => "PROCESSING_UPLOAD",
            (Stage::Open, Source::Pull { .. } | Source::Photos { .. }) => "PROCESSING_DOWNLOAD",
            (Stage::Inbox, _) => "SEND_TO_USER_INBOX",
            (Stage::Published { .. }, _) => "PUBLISH_COMPLETE",
            (Stage::Failed(_), _) => "FAILED",
        }
    }

    pub(crate) fn fail_reason(&self) -> Option<&'static str> {
        if let Stage::Failed(reason) = self.stage { Some(reason) } else { None }
    }

    /// Returns the post ID that status/fetch shows: only for a public post, and only after moderation
    /// (docs/tiktok-api.md 5.8).
    pub(crate) fn public_post_id(&self, now_ms: i64) -> Option<u64> {
        match self.stage {
            Stage::Published { post_id, public_from_ms: Some(from) } if from <= now_ms => Some(post_id),
            _ => None,
        }
    }

    pub(crate) fn summary(&self, now_ms: i64) -> PostSummary {
        PostSummary {
            publish_id: self.publish_id.clone(),
            client_key: self.client_key.clone(),
            username: self.username.clone(),
            mode: if self.mode == Mode::Direct { "direct" } else { "inbox" },
            source: if self.source == Source::File { "FILE_UPLOAD" } else { "PULL_FROM_URL" },
            status: self.status(),
            fail_reason: self.fail_reason(),
            created_ms: self.created_ms,
            video_size: self.video_size,
            bytes_received: self.received,
            sha256: (self.received > 0).then(|| hex(&self.hash.clone().finalize())),
            chunk_sizes: self.chunks.clone(),
            chunk_count: self.chunk_count,
            post_id: self.public_post_id(now_ms),
            photo_count: if let Source::Photos { urls } = &self.source { urls.len() } else { 0 },
            title: self.info.title.clone(),
            description: self.info.description.clone(),
            privacy_level: self.info.privacy_level.clone(),
            disable_comment: self.info.disable_comment,
            disable_duet: self.info.disable_duet,
            disable_stitch: self.info.disable_stitch,
            brand_content_toggle: self.info.brand_content,
            brand_organic_toggle: self.info.brand_organic,
            is_aigc: self.info.is_aigc,
            video_cover_timestamp_ms: self.info.cover_timestamp_ms,
        }
    }
}

/// A publish task in the form that tests receive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PostSummary {
    /// Publish ID, such as `v_pub_file~v2-1.<n>`.
    pub publish_id: String,
    /// Client key of the app.
    pub client_key: String,
    /// Username of the creator.
    pub username: String,
    /// `direct` or `inbox`.
    pub mode: &'static str,
    /// `FILE_UPLOAD` or `PULL_FROM_URL`.
    pub source: &'static str,
    /// Status as status/fetch returns it.
    pub status: &'static str,
    /// Reason for the failure; only with the status `FAILED`.
    pub fail_reason: Option<&'static str>,
    /// Virtual time of the init, Unix milliseconds.
    pub created_ms: i64,
    /// Size announced at init, or total size of the pulled files, bytes.
    pub video_size: u64,
    /// Bytes of all accepted chunks or pulled files.
    pub bytes_received: u64,
    /// SHA-256 of the accepted bytes, lowercase hex; absent before the first byte.
    pub sha256: Option<String>,
    /// Sizes of the accepted chunks, in order.
    pub chunk_sizes: Vec<u64>,
    /// Number of chunks announced at init; 0 for a pull.
    pub chunk_count: u64,
    /// Public post ID; set after moderation.
    pub post_id: Option<u64>,
    /// Number of photos.
    pub photo_count: usize,
    /// Caption of a video, or title of a photo post.
    pub title: String,
    /// Description of a photo post.
    pub description: String,
    /// Privacy level from the init request; empty for drafts.
    pub privacy_level: String,
    /// `disable_comment` from the init request.
    pub disable_comment: bool,
    /// `disable_duet` from the init request.
    pub disable_duet: bool,
    /// `disable_stitch` from the init request.
    pub disable_stitch: bool,
    /// `brand_content_toggle` from the init request; absent counts as false.
    pub brand_content_toggle: bool,
    /// `brand_organic_toggle` from the init request; absent counts as false.
    pub brand_organic_toggle: bool,
    /// `is_aigc` from the init request.
    pub is_aigc: bool,
    /// `video_cover_timestamp_ms` from the init request.
    pub video_cover_timestamp_ms: Option<i64>,
}
