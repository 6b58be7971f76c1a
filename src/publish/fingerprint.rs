//! Marks what is posted and how, so that an idempotency key is not used for two things.

use crate::api::creator::PrivacyLevel;
use crate::api::post::{PostForm, PostInfo, with_line_feeds};
use crate::vault::hex;
use sha2::{Digest, Sha256};

/// Marks how something is posted. Each field by its name, and a version in front, so that a later version of this
/// library reads it the same way.
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

/// Marks what is posted and how, so that a key is not used for two things.
pub(super) fn fingerprint(settings: &str, mark: &str) -> String {
    format!("{settings}/{mark}")
}
