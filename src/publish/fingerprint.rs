//! Computes a fingerprint of the content and settings of a post, so that an idempotency key cannot be used for two
//! different posts.

use crate::api::consumer::creator::PrivacyLevel;
use crate::api::consumer::post::{PostForm, PostInfo, with_line_feeds};
use crate::encoding::hex;
use sha2::{Digest, Sha256};

/// Returns a digest of the settings of a post. The text names each field and starts with a version, so that later
/// versions of this library interpret it in the same way.
pub(super) fn settings_of(post: &PostInfo, form: PostForm) -> String {
    let text = format!(
        "form={form:?}\nprivacy={}\ntitle={}\ndescription={}\ncomment={}\nduet={}\nstitch={}\ncover={:?}\n\
         brand_content={}\nbrand_organic={}\naigc={}\nmusic={}",
        post.privacy_level.map_or("", PrivacyLevel::as_str),
        with_line_feeds(&post.title),
        with_line_feeds(&post.description),
        post.allow_comment,
        post.allow_duet,
        post.allow_stitch,
        post.cover_timestamp_ms,
        post.brand_content,
        post.brand_organic,
        post.is_aigc,
        post.auto_add_music,
    );
    format!("2/{}", hex::encode(&Sha256::digest(text.as_bytes())))
}

/// Returns the fingerprint of the settings and the content digest.
pub(super) fn fingerprint(settings: &str, content_digest: &str) -> String {
    format!("{settings}/{content_digest}")
}
