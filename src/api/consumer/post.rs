//! The requests that start a publish: a video that is posted directly or sent as a draft, and photos (docs/tiktok-api.md 5.3 to
//! 5.5).

use super::creator::PrivacyLevel;
use crate::api::call::{ApiRequest, Call, read};
use crate::api::endpoint::Endpoint;
use crate::error::{Dispatch, Error, ErrorKind, Owner, Reason, Result};
use crate::secret::Secret;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::borrow::Cow;

/// The longest caption of a video in UTF-16 code units (docs/tiktok-api.md 5.3).
pub const MAX_TITLE_UTF16: usize = 2200;
/// The longest title of photos in UTF-16 code units (docs/tiktok-api.md 5.5).
pub const MAX_PHOTO_TITLE_UTF16: usize = 90;
/// The longest description of photos in UTF-16 code units (docs/tiktok-api.md 5.5).
pub const MAX_PHOTO_DESCRIPTION_UTF16: usize = 4000;
/// The maximum number of photos of one post (docs/tiktok-api.md 5.5).
pub const MAX_PHOTOS: usize = 35;

/// Settings of a post. Comments, duets and stitches are off unless allowed, as TikTok's audit requires of a page for posting.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PostInfo {
    /// The audience. Required without a default, except for drafts, whose creator chooses it in TikTok.
    pub privacy_level: Option<PrivacyLevel>,
    /// The caption, with `#tags` and `@handles`; for photos, the title. A line break is counted and sent as `\n`, even when it is
    /// given as `\r\n` or `\r`.
    pub title: String,
    /// The text below photos; videos have none. Line breaks as in the title.
    pub description: String,
    /// True to allow comments.
    pub allow_comment: bool,
    /// True to allow duets; videos only.
    pub allow_duet: bool,
    /// True to allow stitches; videos only.
    pub allow_stitch: bool,
    /// The frame used as cover, in milliseconds; the first frame when absent. Videos only. TikTok applies it to posts that are
    /// `PublicToEveryone`; for any other post the outcome contains a warning.
    pub cover_timestamp_ms: Option<u32>,
    /// True to disclose a paid partnership with a third party.
    pub brand_content: bool,
    /// True when the post promotes the creator's own business.
    pub brand_organic: bool,
    /// True to label the post as AI-generated.
    pub is_aigc: bool,
    /// True to let TikTok add recommended music; photos only.
    pub auto_add_music: bool,
}

/// The kind of media, and whether it is posted or sent as a draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PostForm {
    /// A video that is posted directly.
    Video,
    /// A video that is sent to the creator's inbox.
    VideoDraft,
    /// Photos that are posted directly.
    Photos,
    /// Photos that are sent to the creator's inbox.
    PhotosDraft,
}

impl PostForm {
    /// Returns true when the creator completes the post in TikTok.
    #[must_use]
    pub const fn is_draft(self) -> bool {
        matches!(self, Self::VideoDraft | Self::PhotosDraft)
    }

    /// Returns true for photos.
    #[must_use]
    pub const fn is_photos(self) -> bool {
        matches!(self, Self::Photos | Self::PhotosDraft)
    }
}

impl PostInfo {
    /// Creates settings with `privacy_level`, without a caption and with everything else off.
    #[must_use]
    pub fn new(privacy_level: PrivacyLevel) -> Self {
        Self { privacy_level: Some(privacy_level), ..Self::draft() }
    }

    /// Creates settings of a draft: the creator decides everything in TikTok.
    #[must_use]
    pub fn draft() -> Self {
        Self::default()
    }

    /// Rejects settings that TikTok would refuse.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] for a missing privacy level, a text that is too long (it is never cut), a setting that this form
    /// does not have, or branded content that only the creator would see.
    pub fn validate(&self, form: PostForm) -> Result<()> {
        let refuse = |message: String| Err(Error::invalid(message).with_owner(Owner::User));
        let (title, description) = if form.is_photos() {
            (MAX_PHOTO_TITLE_UTF16, MAX_PHOTO_DESCRIPTION_UTF16)
        } else {
            (MAX_TITLE_UTF16, 0)
        };
        for (what, text, most) in
            [("title", &self.title, title), ("description", &self.description, description)]
        {
            let units = with_line_feeds(text).encode_utf16().count();
            if units > most && most == 0 {
                return refuse(format!("a video has no {what}; use the title instead"));
            }
            if units > most {
                return refuse(format!(
                    "the {what} has {units} UTF-16 code units, but at most {most} are allowed; shorten it by {}",
                    units - most
                ))
                .map_err(|error| error.with_reason(Reason::TitleTooLong));
            }
        }
        if form.is_draft() {
            return Ok(());
        }
        if self.privacy_level.is_none() {
            return refuse(
                "privacy_level is required and has no default; let the user choose one of the creator's options".into(),
            );
        }
        if self.brand_content && self.privacy_level == Some(PrivacyLevel::SelfOnly) {
            return refuse("branded content cannot be private; choose another privacy level".into());
        }
        let foreign = self.settings().into_iter().find(|setting| setting.set && !setting.exists_in(form));
        match foreign {
            Some(setting) if form.is_photos() => {
                refuse(format!("{} applies to videos only; remove it", setting.name))
            }
            Some(setting) => refuse(format!("{} applies to photos only; remove it", setting.name)),
            None => Ok(()),
        }
    }

    /// Returns the names of the settings that are set and that TikTok ignores in a draft (docs/tiktok-api.md 5.4, 5.5).
    #[must_use]
    pub fn ignored(&self, form: PostForm) -> Vec<&'static str> {
        if !form.is_draft() {
            return Vec::new();
        }
        let texts = form.is_photos();
        self.settings()
            .into_iter()
            .filter(|setting| setting.set && !(texts && matches!(setting.name, "title" | "description")))
            .map(|setting| setting.name)
            .collect()
    }

    /// Returns whether TikTok ignores the cover frame because not everyone may see the post (docs/tiktok-api.md 5.3).
    pub(crate) fn loses_cover(&self, form: PostForm) -> bool {
        form == PostForm::Video
            && self.cover_timestamp_ms.is_some()
            && self.privacy_level != Some(PrivacyLevel::PublicToEveryone)
    }

    fn settings(&self) -> [Setting; 11] {
        let setting = |name, set, videos, photos| Setting { name, set, videos, photos };
        [
            setting("privacy_level", self.privacy_level.is_some(), true, true),
            setting("title", !self.title.is_empty(), true, true),
            setting("description", !self.description.is_empty(), false, true),
            setting("allow_comment", self.allow_comment, true, true),
            setting("allow_duet", self.allow_duet, true, false),
            setting("allow_stitch", self.allow_stitch, true, false),
            setting("cover_timestamp_ms", self.cover_timestamp_ms.is_some(), true, false),
            setting("brand_content", self.brand_content, true, true),
            setting("brand_organic", self.brand_organic, true, true),
            setting("is_aigc", self.is_aigc, true, true),
            setting("auto_add_music", self.auto_add_music, false, true),
        ]
    }
}

struct Setting {
    name: &'static str,
    set: bool,
    videos: bool,
    photos: bool,
}

impl Setting {
    fn exists_in(&self, form: PostForm) -> bool {
        if form.is_photos() { self.photos } else { self.videos }
    }
}

/// Source from which TikTok receives a video.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VideoOrigin {
    /// It is uploaded in chunks; all sizes in bytes.
    Upload {
        /// Size of the file.
        video_size: u64,
        /// Size of all chunks but the last.
        chunk_size: u64,
        /// Number of chunks.
        total_chunk_count: u64,
    },
    /// TikTok fetches it. The URL can be a credential of the host's storage, so it is never printed.
    Pull(Secret),
}

/// Starts the publish of a video, posted directly or sent as a draft.
#[derive(Debug, Clone)]
pub struct InitVideo {
    /// Settings of the post; `None` sends a draft, for which TikTok reads no settings (docs/tiktok-api.md 5.4).
    pub post: Option<PostInfo>,
    /// Source of the video.
    pub origin: VideoOrigin,
}

/// Starts the publish of photos, which TikTok fetches from their URLs.
#[derive(Debug, Clone)]
pub struct InitPhotos {
    /// Settings of the post.
    pub post: PostInfo,
    /// True to send them to the creator's inbox instead of posting them.
    pub draft: bool,
    /// Public https URLs on a verified domain, 1 to 35.
    pub urls: Vec<Secret>,
    /// Index of the cover photo, starting at 0.
    pub cover_index: usize,
}

/// The publish id, and the upload URL.
#[derive(Debug, Clone)]
pub struct InitReply {
    /// TikTok's id of the publish.
    pub publish_id: String,
    /// The URL for the chunks, valid for one hour; a credential. Absent when TikTok fetches the media itself.
    pub upload_url: Option<Secret>,
}

#[derive(Deserialize)]
struct InitWire {
    publish_id: String,
    upload_url: Option<String>,
}

impl Call for InitVideo {
    type Output = InitReply;

    fn request(&self) -> ApiRequest {
        let source_info = match &self.origin {
            VideoOrigin::Upload { video_size, chunk_size, total_chunk_count } => json!({
                "source": "FILE_UPLOAD",
                "video_size": video_size,
                "chunk_size": chunk_size,
                "total_chunk_count": total_chunk_count,
            }),
            VideoOrigin::Pull(url) => json!({ "source": "PULL_FROM_URL", "video_url": url.expose() }),
        };
        let Some(post) = &self.post else {
            let body = json!({ "source_info": source_info });
            return ApiRequest { endpoint: Endpoint::InboxInit, fields: "", body: Some(body) };
        };
        let mut post_info = shown(post);
        post_info.insert("title".into(), json!(with_line_feeds(&post.title)));
        post_info.insert("disable_duet".into(), json!(!post.allow_duet));
        post_info.insert("disable_stitch".into(), json!(!post.allow_stitch));
        post_info.insert("is_aigc".into(), json!(post.is_aigc));
        if let Some(ms) = post.cover_timestamp_ms {
            post_info.insert("video_cover_timestamp_ms".into(), json!(ms));
        }
        let body = json!({ "post_info": post_info, "source_info": source_info });
        ApiRequest { endpoint: Endpoint::VideoInit, fields: "", body: Some(body) }
    }

    fn parse(&self, data: Value) -> Result<InitReply> {
        init_reply(data, matches!(self.origin, VideoOrigin::Upload { .. }))
    }
}

impl Call for InitPhotos {
    type Output = InitReply;

    fn request(&self) -> ApiRequest {
        let post = &self.post;
        let mut post_info = if self.draft { Map::new() } else { shown(post) };
        post_info.insert("title".into(), json!(with_line_feeds(&post.title)));
        post_info.insert("description".into(), json!(with_line_feeds(&post.description)));
        let mut body = json!({
            "media_type": "PHOTO",
            "post_mode": if self.draft { "MEDIA_UPLOAD" } else { "DIRECT_POST" },
            "source_info": {
                "source": "PULL_FROM_URL",
                "photo_images": self.urls.iter().map(Secret::expose).collect::<Vec<_>>(),
                "photo_cover_index": self.cover_index,
            },
        });
        if !self.draft {
            post_info.insert("auto_add_music".into(), json!(post.auto_add_music));
            // At the top level, and only when it is set, because the sources disagree (docs/tiktok-api.md 5.5, C20).
            if post.is_aigc {
                body["is_aigc"] = json!(true);
            }
        }
        body["post_info"] = Value::Object(post_info);
        ApiRequest { endpoint: Endpoint::ContentInit, fields: "", body: Some(body) }
    }

    fn parse(&self, data: Value) -> Result<InitReply> {
        init_reply(data, false)
    }
}

/// Returns `text` with each line break as one `\n`: browser forms send `\r\n`, which TikTok would count as two.
pub(crate) fn with_line_feeds(text: &str) -> Cow<'_, str> {
    if text.contains('\r') {
        Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"))
    } else {
        Cow::Borrowed(text)
    }
}

/// Returns the settings that videos and photos share. The brand toggles are always sent (docs/tiktok-api.md, C9).
fn shown(post: &PostInfo) -> Map<String, Value> {
    let mut fields = Map::new();
    if let Some(level) = post.privacy_level {
        fields.insert("privacy_level".into(), json!(level.as_str()));
    }
    fields.insert("disable_comment".into(), json!(!post.allow_comment));
    fields.insert("brand_content_toggle".into(), json!(post.brand_content));
    fields.insert("brand_organic_toggle".into(), json!(post.brand_organic));
    fields
}

fn init_reply(data: Value, uploads: bool) -> Result<InitReply> {
    let wire: InitWire = read(data)?;
    let upload_url = wire.upload_url.filter(|url| uploads && !url.is_empty());
    if wire.publish_id.is_empty() || (uploads && upload_url.is_none()) {
        return Err(Error::new(
            ErrorKind::Unavailable,
            "TikTok started a publish but returned no publish id or upload URL; look for the post in TikTok before you try again",
        )
        .with_dispatch(Dispatch::Answered));
    }
    Ok(InitReply { publish_id: wire.publish_id, upload_url: upload_url.map(Secret::new) })
}

#[cfg(test)]
#[path = "post_tests.rs"]
mod tests;
