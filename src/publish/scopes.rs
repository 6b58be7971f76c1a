//! The scopes that a post needs.

use super::VideoSource;
use crate::api::consumer::post::PostForm;
use crate::error::{Error, ErrorKind, Owner, Reason, Result};

/// Rejects a streamed source when the account has not granted the scopes that the post needs (docs/tiktok-api.md 5.1),
/// because such a source is read before the first request to TikTok. If the host does not store scopes, TikTok's
/// response decides instead.
pub(super) fn check_granted(granted: &[String], form: PostForm, source: &VideoSource) -> Result<()> {
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
