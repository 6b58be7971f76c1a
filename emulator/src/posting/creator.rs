//! `POST /v2/post/publish/creator_info/query/` (docs/tiktok-api.md 5.2).

use hyper::StatusCode;
use serde_json::{Value, json};

use super::eligibility;
use crate::model::World;
use crate::oauth::access;
use crate::pictures::{self, AvatarSize};
use crate::wire::{ApiError, Call, Endpoint};

/// Maximum number of calls per minute and user token (docs/tiktok-api.md 8).
const PER_MINUTE: usize = 20;

pub(crate) fn info(world: &mut World, call: &mut Call, base_url: &str) -> Result<Value, ApiError> {
    let session = access::session(world, call, &["video.publish"])?;
    access::check_rate(world, Endpoint::CreatorInfo, &session.token, PER_MINUTE)?;
    eligibility::check_can_post(world, &session, StatusCode::OK)?;
    let user = world.user(&session.username).ok_or_else(ApiError::token)?;
    Ok(json!({
        "creator_avatar_url": pictures::avatar_url(world, base_url, user, AvatarSize::Default),
        "creator_username": user.username,
        "creator_nickname": user.display_name,
        "privacy_level_options": eligibility::privacy_options(user.private),
        "comment_disabled": user.comment_disabled,
        "duet_disabled": user.duet_disabled,
        "stitch_disabled": user.stitch_disabled,
        "max_video_post_duration_sec": user.max_duration_sec,
    }))
}
