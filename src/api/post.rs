//! `/v2/post/publish/video/init/` for a direct post by file (docs/tiktok-api.md 5.3).

use super::call::{ApiRequest, Call, Endpoint, read};
use super::creator::PrivacyLevel;
use crate::error::{Dispatch, Error, ErrorKind, Owner, Result};
use crate::secret::Secret;
use serde::Deserialize;
use serde_json::{Value, json};

/// The longest caption in UTF-16 code units (docs/tiktok-api.md 5.3).
pub const MAX_TITLE_UTF16: usize = 2200;

/// How a video is shown. Comments, duets and stitches are off until allowed, as TikTok's audit demands of a post page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostInfo {
    /// Who may see it; there is no default.
    pub privacy_level: PrivacyLevel,
    /// The caption, with `#tags` and `@handles`.
    pub title: String,
    /// Whether others may comment.
    pub allow_comment: bool,
    /// Whether others may make a duet.
    pub allow_duet: bool,
    /// Whether others may stitch.
    pub allow_stitch: bool,
    /// The frame used as cover, in milliseconds; the first frame when absent.
    pub cover_timestamp_ms: Option<u32>,
    /// A paid partnership with a third party.
    pub brand_content: bool,
    /// Promotes the creator's own business.
    pub brand_organic: bool,
    /// Labelled as made by AI.
    pub is_aigc: bool,
}

impl PostInfo {
    /// A post that `privacy_level` may see, without a caption and with everything else off.
    #[must_use]
    pub fn new(privacy_level: PrivacyLevel) -> Self {
        Self {
            privacy_level,
            title: String::new(),
            allow_comment: false,
            allow_duet: false,
            allow_stitch: false,
            cover_timestamp_ms: None,
            brand_content: false,
            brand_organic: false,
            is_aigc: false,
        }
    }

    /// Refuses what TikTok would refuse.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`]: a caption that is too long (it is never cut), branded content that only the
    /// creator would see.
    pub fn validate(&self) -> Result<()> {
        let units = self.title.encode_utf16().count();
        if units > MAX_TITLE_UTF16 {
            return Err(Error::invalid(format!(
                "the title has {units} UTF-16 code units, {MAX_TITLE_UTF16} are the most; shorten it by {}",
                units - MAX_TITLE_UTF16
            ))
            .with_owner(Owner::User));
        }
        if self.brand_content && self.privacy_level == PrivacyLevel::SelfOnly {
            return Err(Error::invalid(
                "branded content cannot be visible to the creator only; choose another privacy level",
            )
            .with_owner(Owner::User));
        }
        Ok(())
    }
}

/// Begins a direct post of a file that is then uploaded in chunks.
#[derive(Debug, Clone)]
pub struct InitVideo {
    /// How it is shown.
    pub post: PostInfo,
    /// Size of the file in bytes.
    pub video_size: u64,
    /// Size of all chunks but the last.
    pub chunk_size: u64,
    /// Number of chunks.
    pub total_chunk_count: u64,
}

/// Where to upload, and by which id to ask.
#[derive(Debug, Clone)]
pub struct InitReply {
    /// TikTok's id of the publish.
    pub publish_id: String,
    /// Where the chunks go, valid for one hour; a credential.
    pub upload_url: Secret,
}

#[derive(Deserialize)]
struct InitWire {
    publish_id: String,
    upload_url: String,
}

impl Call for InitVideo {
    type Output = InitReply;

    fn request(&self) -> ApiRequest {
        let post = &self.post;
        let mut post_info = json!({
            "privacy_level": post.privacy_level.as_str(),
            "title": post.title,
            "disable_comment": !post.allow_comment,
            "disable_duet": !post.allow_duet,
            "disable_stitch": !post.allow_stitch,
            "brand_content_toggle": post.brand_content,
            "brand_organic_toggle": post.brand_organic,
            "is_aigc": post.is_aigc,
        });
        if let (Some(ms), Some(fields)) = (post.cover_timestamp_ms, post_info.as_object_mut()) {
            fields.insert("video_cover_timestamp_ms".to_owned(), json!(ms));
        }
        let body = json!({
            "post_info": post_info,
            "source_info": {
                "source": "FILE_UPLOAD",
                "video_size": self.video_size,
                "chunk_size": self.chunk_size,
                "total_chunk_count": self.total_chunk_count,
            },
        });
        ApiRequest { endpoint: Endpoint::VideoInit, fields: "", body: Some(body) }
    }

    fn parse(&self, data: Value) -> Result<InitReply> {
        let wire: InitWire = read(data)?;
        if wire.publish_id.is_empty() || wire.upload_url.is_empty() {
            return Err(Error::new(
                ErrorKind::Unavailable,
                "TikTok began a publish without saying where to upload",
            )
            .with_dispatch(Dispatch::Answered));
        }
        Ok(InitReply { publish_id: wire.publish_id, upload_url: Secret::new(wire.upload_url) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_counted_in_utf16_and_refused_not_cut() {
        let mut post = PostInfo::new(PrivacyLevel::SelfOnly);
        post.title = "😀".repeat(1100);
        assert!(post.validate().is_ok());
        post.title.push('x');
        let error = post.validate().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.message().contains("2201") && error.message().contains("by 1"));
    }

    #[test]
    fn branded_content_cannot_be_private() {
        let mut post = PostInfo::new(PrivacyLevel::SelfOnly);
        post.brand_content = true;
        assert!(post.validate().is_err());
    }

    #[test]
    fn interactions_are_disabled_until_allowed_and_toggles_are_always_sent() {
        let mut post = PostInfo::new(PrivacyLevel::PublicToEveryone);
        post.allow_duet = true;
        let call = InitVideo { post, video_size: 3, chunk_size: 3, total_chunk_count: 1 };
        let body = call.request().body.unwrap();
        let info = &body["post_info"];
        assert_eq!((&info["disable_comment"], &info["disable_duet"]), (&json!(true), &json!(false)));
        assert_eq!(
            (&info["brand_content_toggle"], &info["brand_organic_toggle"]),
            (&json!(false), &json!(false))
        );
        assert!(info.get("video_cover_timestamp_ms").is_none());
    }

    #[test]
    fn the_upload_url_is_not_printed() {
        let call = InitVideo {
            post: PostInfo::new(PrivacyLevel::SelfOnly),
            video_size: 3,
            chunk_size: 3,
            total_chunk_count: 1,
        };
        let data =
            json!({ "publish_id": "v_pub_file~v2-1.1", "upload_url": "https://u.example/?upload_token=t0p" });
        assert!(!format!("{:?}", call.parse(data).unwrap()).contains("t0p"));
    }
}
