//! Parsing that the init endpoints share (docs/tiktok-api.md 5.3 to 5.6).

use serde_json::{Map, Value};

use crate::model::task::PostInfo;
use crate::model::{Session, World};
use crate::wire::{ApiError, Call};

const LEVELS: [&str; 4] = ["PUBLIC_TO_EVERYONE", "MUTUAL_FOLLOW_FRIENDS", "FOLLOWER_OF_CREATOR", "SELF_ONLY"];
/// Error message observed in production (docs/tiktok-api.md 5.3).
pub(super) const NO_SOURCE: &str = "The request source info is empty or incorrect";

pub(super) type Object = Map<String, Value>;

pub(super) fn json_body(call: &Call) -> Result<Object, ApiError> {
    if !call.is_content_type("application/json") {
        return Err(ApiError::params("The Content-Type must be application/json."));
    }
    call.json_object()
}

/// Parses `post_info` of a direct post.
pub(super) fn post_info(body: &Object, title_units: usize) -> Result<PostInfo, ApiError> {
    let info = body.get("post_info").and_then(Value::as_object);
    let info = info.ok_or_else(|| ApiError::params("The request post info is empty or incorrect"))?;
    let privacy_level = text(info, "privacy_level")?.unwrap_or_default();
    if !LEVELS.contains(&privacy_level.as_str()) {
        return Err(invalid("privacy_level"));
    }
    let title = limited_text(info, "title", title_units)?;
    let cover_timestamp_ms = match info.get("video_cover_timestamp_ms") {
        None | Some(Value::Null) => None,
        Some(value) => Some(value.as_i64().ok_or_else(|| invalid("video_cover_timestamp_ms"))?),
    };
    let info = PostInfo {
        title,
        description: String::new(),
        privacy_level,
        disable_duet: flag(info, "disable_duet")?,
        disable_stitch: flag(info, "disable_stitch")?,
        disable_comment: flag(info, "disable_comment")?,
        brand_content: flag(info, "brand_content_toggle")?,
        brand_organic: flag(info, "brand_organic_toggle")?,
        is_aigc: flag(info, "is_aigc")?,
        cover_timestamp_ms,
    };
    if info.brand_content && info.privacy_level == "SELF_ONLY" {
        return Err(ApiError::params("Branded content visibility cannot be set to private."));
    }
    Ok(info)
}

pub(super) fn invalid(field: &str) -> ApiError {
    ApiError::params(&format!("One or more fields in request is invalid: {field}."))
}

pub(super) fn text(object: &Object, name: &str) -> Result<Option<String>, ApiError> {
    match object.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(invalid(name)),
    }
}

pub(super) fn flag(object: &Object, name: &str) -> Result<bool, ApiError> {
    match object.get(name) {
        None | Some(Value::Null) => Ok(false),
        Some(Value::Bool(on)) => Ok(*on),
        Some(_) => Err(invalid(name)),
    }
}

/// Checks that the URL is in a verified property (docs/tiktok-api.md 5.6).
pub(super) fn check_ownership(world: &World, session: &Session, url: &str) -> Result<(), ApiError> {
    let owned = world.app(&session.client_key).is_some_and(|app| app.owns(url));
    if owned {
        return Ok(());
    }
    let message = "Please review our URL ownership verification rules at https://developers.tiktok.com/doc/content-posting-api-media-transfer-guide/";
    Err(ApiError::forbidden("url_ownership_unverified", message))
}

/// Returns a text field of at most `units` UTF-16 code units; empty when absent.
pub(super) fn limited_text(object: &Object, name: &str, units: usize) -> Result<String, ApiError> {
    let text = text(object, name)?.unwrap_or_default();
    if text.encode_utf16().count() > units { Err(invalid(name)) } else { Ok(text) }
}
