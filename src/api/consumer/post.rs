//! Requests that start a publish: a video that is posted directly or sent as a draft, or photos (docs/tiktok-api.md 5.3
//! to 5.5).

use super::creator::PrivacyLevel;
use crate::api::call::{ApiRequest, Call, read};
use crate::api::endpoint::Endpoint;
use crate::error::{Dispatch, Error, ErrorKind, Owner, Reason, Result};
use crate::secret::Secret;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::borrow::Cow;

/// The maximum length of a video's caption, in UTF-16 code units (docs/tiktok-api.md 5.3).
pub const MAX_TITLE_UTF16: usize = 2200;
/// The maximum length of a photo post's title, in UTF-16 code units (docs/tiktok-api.md 5.5).
pub const MAX_PHOTO_TITLE_UTF16: usize = 90;
/// The maximum length of a photo post's description, in UTF-16 code units (docs/tiktok-api.md 5.5).
pub const MAX_PHOTO_DESCRIPTION_UTF16: usize = 4000;
/// The maximum number of photos in one post (docs/tiktok-api.md 5.5).
pub const MAX_PHOTOS: usize = 35;

/// Settings of a post. Comments, duets and stitches are off by default, as TikTok's audit requires.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PostInfo {
    /// The audience. Required, without a default. Drafts need none, because the creator chooses the audience in TikTok.
    pub privacy_level: Option<PrivacyLevel>,
    /// The caption, with `#tags` and `@handles`; for photos, the title. A line break counts as one character and is
    /// sent as `
    /// `, even if the text contains `\r
    /// ` or `\r`.
    pub title: String,
    /// The text below photos; not available for videos. Line breaks are handled as in the title.
    pub description: String,
    /// True to allow comments.
    pub allow_comment: bool,
    /// True to allow duets; videos only.
    pub allow_duet: bool,
    /// True to allow stitches; videos only.
    pub allow_stitch: bool,
    /// The position of the cover frame, in milliseconds; `None` uses the first frame. Videos only. TikTok only applies
    /// it to `PublicToEveryone` posts; for any other post, the outcome contains a warning.
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

/// The kind of media, and whether TikTok posts it directly or saves it as a draft.
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
    /// Returns true when the creator has to complete the post in TikTok.
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
    /// Creates settings with `privacy_level`, an empty caption, and everything else off.
    #[must_use]
    pub fn new(privacy_level: PrivacyLevel) -> Self {
        Self { privacy_level: Some(privacy_level), ..Self::draft() }
    }

    /// Creates settings for a draft. The creator chooses all settings in TikTok.
    #[must_use]
    pub fn draft() -> Self {
        Self::default()
    }

    /// Rejects settings that TikTok would refuse.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] when the privacy level is missing, a text is too long (toklink never truncates), a
    /// setting is not available for this kind of post, or branded content would only be visible to the creator.
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

    /// Returns the names of the settings that TikTok will ignore because the post is a draft (docs/tiktok-api.md 5.4,
    /// 5.5).
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

    /// Returns true when TikTok will ignore the cover frame because the post is not public (docs/tiktok-api.md 5.3).
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

/// The way in which TikTok gets a video.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VideoOrigin {
    /// toklink uploads the video in chunks. All sizes are in bytes.
    Upload {
        /// Size of the file.
        video_size: u64,
        /// Size of each chunk except the last.
        chunk_size: u64,
        /// Number of chunks.
        total_chunk_count: u64,
    },
    /// TikTok fetches the video from this URL. The URL is never printed, because it can grant access to the host's
    /// storage.
    Pull(Secret),
}

/// Starts publishing a video, directly or as a draft.
#[derive(Debug, Clone)]
pub struct InitVideo {
    /// Settings of the post. `None` sends a draft, for which TikTok ignores all settings (docs/tiktok-api.md 5.4).
    pub post: Option<PostInfo>,
    /// Source of the video.
    pub origin: VideoOrigin,
}

/// Starts publishing photos, which TikTok fetches from their URLs.
#[derive(Debug, Clone)]
pub struct InitPhotos {
    /// Settings of the post.
    pub post: PostInfo,
    /// True to send the photos to the creator's inbox instead of posting them.
    pub draft: bool,
    /// Public https URLs on a verified domain, 1 to 35.
    pub urls: Vec<Secret>,
    /// Index of the cover photo, starting at 0.
    pub cover_index: usize,
}

/// The response to a request that starts a publish.
#[derive(Debug, Clone)]
pub struct InitReply {
    /// TikTok's id of the publish.
    pub publish_id: String,
    /// The URL to which the chunks are sent; valid for one hour. It is a credential. `None` when TikTok fetches the
    /// media itself.
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
            // Sent at the top level, and only when true, because TikTok's documents disagree on its position
            // (docs/tiktok-api.md 5.5, C20).
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

/// Returns `text` with each line break as a single `
/// `. Browser forms send `\r
/// `, which TikTok would count as two characters.
pub(crate) fn with_line_feeds(text: &str) -> Cow<'_, str> {
    if text.contains('\r') {
        Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"))
    } else {
        Cow::Borrowed(text)
    }
}

/// Returns the settings that videos and photos share. The two brand settings are always sent (docs/tiktok-api.md, C9).
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
