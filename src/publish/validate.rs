//! Rejects, before anything is sent, what TikTok or the creator's own settings would reject later.

use super::VideoSource;
use crate::api::creator::CreatorInfo;
use crate::api::post::{PostForm, PostInfo};
use crate::error::{Error, ErrorKind, Owner, Reason, Result};
use crate::media::{Severity, VideoInfo, cover, findings};

/// Rejects a fed source when the account has not granted the scopes that the post needs (docs/tiktok-api.md 5.1), because such a
/// source is read before the first request to TikTok. When the host does not store scopes, TikTok's own answer decides.
pub(super) fn scopes(granted: &[String], form: PostForm, source: &VideoSource) -> Result<()> {
    let needed = if form.is_draft() { "video.upload" } else { "video.publish" };
    let fed = matches!(source, VideoSource::Stream(_) | VideoSource::Relay(_));
    if !fed || granted.is_empty() || granted.iter().any(|scope| scope == needed) {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::PermissionDenied,
        format!("the account has not granted the scope {needed}; connect the account again and grant it"),
    )
    .with_reason(Reason::ScopeNotGranted)
    .with_owner(Owner::User))
}

/// Checks a video against TikTok's rules. A draft has no creator limit yet, and its cover is ignored.
pub(super) fn video(video: &VideoInfo, post: &PostInfo, creator: Option<&CreatorInfo>) -> Result<()> {
    let found = findings(video, creator.map(|creator| creator.max_video_post_duration_sec));
    let cover = creator.and(post.cover_timestamp_ms).and_then(|ms| cover(video, ms));
    match found.iter().chain(&cover).find(|finding| finding.severity == Severity::Error) {
        Some(finding) => refuse(format!(
            "TikTok would reject this video: {} is {}, allowed is {}; {}",
            finding.rule, finding.found, finding.allowed, finding.advice
        )),
        None => Ok(()),
    }
}

/// Checks the settings of a direct post against what the creator may choose now.
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
