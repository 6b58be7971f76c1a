//! `content/init`: photos, direct or as a draft (docs/tiktok-api.md 5.5).

use hyper::StatusCode;
use serde_json::Value;
use url::Url;

use super::body::{NO_SOURCE, Object, flag, invalid, json_body, limited_text, post_info};
use super::eligibility;
use super::init::open;
use crate::model::World;
use crate::model::task::{Mode, PostInfo, Source};
use crate::oauth::access;
use crate::wire::{ApiError, Call, Endpoint};

/// Maximum number of inits per minute and user token (docs/tiktok-api.md 8).
const PER_MINUTE: usize = 6;
/// Maximum length of a title, UTF-16 code units (docs/tiktok-api.md 5.5).
const TITLE_UNITS: usize = 90;
const DESCRIPTION_UNITS: usize = 4_000;
/// Maximum number of photos in a post (docs/tiktok-api.md 5.5).
const MAX_PHOTOS: usize = 35;

pub(crate) fn init(world: &mut World, call: &mut Call, base_url: &str) -> Result<Value, ApiError> {
    let session = access::session(world, call, &["video.publish", "video.upload"])?;
    let body = json_body(call);
    let mode = body.as_ref().ok().and_then(mode);
    let scope = if mode == Some(Mode::Inbox) { "video.upload" } else { "video.publish" };
    if mode.is_some() && !session.scopes.contains(scope) {
        return Err(ApiError::scope());
    }
    access::check_rate(world, Endpoint::ContentInit, &session.token, PER_MINUTE)?;
    let body = body?;
    let mode = mode.ok_or_else(|| ApiError::params("Invalid media_type or post_mode"))?;
    let mut info = match mode {
        Mode::Direct => post_info(&body, TITLE_UNITS)?,
        Mode::Inbox => draft_info(&body)?,
    };
    if let Some(given) = body.get("post_info").and_then(Value::as_object) {
        info.description = limited_text(given, "description", DESCRIPTION_UNITS)?;
    }
    // Clients send `is_aigc` in `post_info` or at the top level (C20).
    info.is_aigc |= flag(&body, "is_aigc")?;
    let source = photos(&body)?;
    match mode {
        Mode::Direct => {
            eligibility::check_can_post(world, &session, StatusCode::FORBIDDEN)?;
            eligibility::check_audit(world, &session, &info.privacy_level)?;
            eligibility::check_privacy(world, &session, &info.privacy_level)?;
        }
        Mode::Inbox => {
            eligibility::check_can_draft(world, &session)?;
            if world.user(&session.username).is_some_and(|user| user.old_app) {
                let message = "The creator's TikTok app must be version 31.8 or newer.";
                return Err(ApiError::new(StatusCode::BAD_REQUEST, "app_version_check_failed", message));
            }
        }
    }
    open(world, call, &session, mode, source, info, (0, 0, 0), base_url)
}

fn mode(body: &Object) -> Option<Mode> {
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    match (text("media_type")?, text("post_mode")?) {
        ("PHOTO", "DIRECT_POST") => Some(Mode::Direct),
        ("PHOTO", "MEDIA_UPLOAD") => Some(Mode::Inbox),
        _ => None,
    }
}

/// Parses `post_info` of a draft, which only contains title and description (5.5).
fn draft_info(body: &Object) -> Result<PostInfo, ApiError> {
    let title = match body.get("post_info").and_then(Value::as_object) {
        Some(info) => limited_text(info, "title", TITLE_UNITS)?,
        None => String::new(),
    };
    Ok(PostInfo { title, ..PostInfo::default() })
}

fn photos(body: &Object) -> Result<Source, ApiError> {
    let info =
        body.get("source_info").and_then(Value::as_object).ok_or_else(|| ApiError::params(NO_SOURCE))?;
    if info.get("source").and_then(Value::as_str) != Some("PULL_FROM_URL") {
        return Err(ApiError::params(NO_SOURCE));
    }
    let images = info.get("photo_images").and_then(Value::as_array).ok_or_else(|| invalid("photo_images"))?;
    if images.is_empty() || images.len() > MAX_PHOTOS {
        return Err(invalid("photo_images"));
    }
    let https = |image: &Value| {
        let url = image.as_str().filter(|url| Url::parse(url).is_ok_and(|url| url.scheme() == "https"));
        url.map(str::to_owned).ok_or_else(|| invalid("photo_images"))
    };
    let urls: Vec<String> = images.iter().map(https).collect::<Result<_, _>>()?;
    let cover = info.get("photo_cover_index").and_then(Value::as_u64).and_then(|at| usize::try_from(at).ok());
    if cover.is_none_or(|at| at >= urls.len()) {
        return Err(invalid("photo_cover_index"));
    }
    Ok(Source::Photos { urls })
}
