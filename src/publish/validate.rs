//! Rejects posts before anything is sent, if TikTok or the creator's settings would reject them later.

use crate::api::consumer::creator::CreatorInfo;
use crate::api::consumer::post::{PostForm, PostInfo};
use crate::error::{Error, Owner, Reason, Result};
use crate::media::{Severity, VideoInfo, cover, findings};

/// The maximum length of an idempotency key in bytes, which every store accepts in a column, an index or a part of a key.
pub const MAX_IDEMPOTENCY_KEY_BYTES: usize = 255;

/// Returns the key if its length is allowed.
pub(super) fn checked_key(key: &str) -> Result<&str> {
    let length = key.len();
    if length <= MAX_IDEMPOTENCY_KEY_BYTES {
        return Ok(key);
    }
    Err(Error::invalid(format!(
        "idempotency_key (idempotencyKey) has {length} bytes; use at most {MAX_IDEMPOTENCY_KEY_BYTES}"
    )))
}

/// Checks a video against TikTok's rules. A draft has no creator limit yet, and TikTok ignores its cover.
pub(super) fn video(video: &VideoInfo, post: &PostInfo, creator: Option<&CreatorInfo>) -> Result<()> {
    let found = findings(video, creator.map(|creator| creator.max_video_post_duration_sec));
    let cover = creator.and(post.cover_timestamp_ms).and_then(|ms| cover(video, ms));
    match found.iter().chain(&cover).find(|finding| finding.severity == Severity::Error) {
        Some(finding) => refuse(format!(
            "TikTok would reject this video: {} is {}, allowed is {}; {}",
            finding.rule, finding.found, finding.allowed, finding.advice
        ))
        .map_err(|error| {
            if finding.rule == "codec" { error.with_reason(Reason::CodecUnsupported) } else { error }
        }),
        None => Ok(()),
    }
}

/// Checks the settings of a direct post against the creator's current options.
pub(super) fn settings(post: &PostInfo, form: PostForm, creator: &CreatorInfo) -> Result<()> {
    if let Some(level) = post.privacy_level
        && !creator.privacy_level_options.contains(&level)
    {
        let options: Vec<_> = creator.privacy_level_options.iter().map(|option| option.as_str()).collect();
        return refuse(format!(
            "{} cannot post with the privacy level {}; choose one of {}",
            creator.nickname,
            level.as_str(),
            options.join(", ")
        ));
    }
    let videos = !form.is_photos();
    for (allowed, disabled, what) in [
        (post.allow_comment, creator.comment_disabled, "comments"),
        (post.allow_duet && videos, creator.duet_disabled, "duets"),
        (post.allow_stitch && videos, creator.stitch_disabled, "stitches"),
    ] {
        if allowed && disabled {
            return refuse(format!(
                "{} has disabled {what} in TikTok; do not enable them for this post",
                creator.nickname
            ));
        }
    }
    Ok(())
}

fn refuse<T>(message: String) -> Result<T> {
    Err(Error::invalid(message).with_owner(Owner::User))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn longer_idempotency_key_is_refused_with_the_limit() {
        let longest = "k".repeat(MAX_IDEMPOTENCY_KEY_BYTES);
        assert_eq!(checked_key(&longest).unwrap(), longest);
        let error = checked_key(&(longest + "\u{e9}")).unwrap_err();
        assert_eq!(error.message(), "idempotency_key (idempotencyKey) has 257 bytes; use at most 255");
    }
}
