//! `POST /v2/video/list/` and `POST /v2/video/query/` (docs/tiktok-api.md 4.2, 4.3).

use serde_json::{Map, Value, json};

use super::fields::{FieldScope, requested_fields};
use super::user::DISPLAY_PER_MINUTE;
use crate::model::Video;
use crate::model::{Session, World};
use crate::oauth::access;
use crate::pictures;
use crate::wire::{ApiError, Call, Endpoint};

const SCOPE: &str = "video.list";
const FIELDS: [FieldScope; 16] = [
    ("id", SCOPE),
    ("create_time", SCOPE),
    ("cover_image_url", SCOPE),
    ("share_url", SCOPE),
    ("video_description", SCOPE),
    ("duration", SCOPE),
    ("height", SCOPE),
    ("width", SCOPE),
    ("title", SCOPE),
    ("embed_html", SCOPE),
    ("embed_link", SCOPE),
    ("like_count", SCOPE),
    ("comment_count", SCOPE),
    ("share_count", SCOPE),
    ("view_count", SCOPE),
    ("is_aigc", SCOPE),
];

const DEFAULT_COUNT: u64 = 10;
const MAX_COUNT: u64 = 20;

fn start(
    world: &mut World,
    call: &mut Call,
    endpoint: Endpoint,
) -> Result<(Session, Vec<&'static str>), ApiError> {
    let session = access::session(world, call, &[SCOPE])?;
    access::check_rate(world, endpoint, &session.client_key, DISPLAY_PER_MINUTE)?;
    let fields = requested_fields(call, &session, &FIELDS)?;
    Ok((session, fields))
}

pub(crate) fn list(world: &mut World, call: &mut Call, base_url: &str) -> Result<Value, ApiError> {
    let (session, fields) = start(world, call, Endpoint::VideoList)?;
    let body = call.json_object()?;
    let max_count = match body.get("max_count") {
        None | Some(Value::Null) => DEFAULT_COUNT,
        Some(value) => value.as_u64().filter(|count| (1..=MAX_COUNT).contains(count)).ok_or_else(|| {
            ApiError::params("One or more fields in request is invalid: max_count must be 1 to 20.")
        })?,
    };
    let cursor = match body.get("cursor") {
        None | Some(Value::Null) => i64::MAX,
        Some(value) => value.as_i64().filter(|cursor| *cursor >= 0).ok_or_else(|| {
            ApiError::params("One or more fields in request is invalid: cursor must be a number.")
        })?,
    };
    let now_ms = world.now_ms;
    let user = world.user(&session.username).ok_or_else(ApiError::token)?;
    let older: Vec<&Video> =
        user.public_videos(now_ms).into_iter().filter(|v| v.created_ms < cursor).collect();
    let scanned = older.len().min(usize::try_from(max_count).unwrap_or(usize::MAX));
    let has_more = older.len() > scanned;
    let shown = if has_more && world.settings.short_pages { scanned.saturating_sub(1) } else { scanned };
    // The cursor follows the last scanned video, even if that video is not shown: a short page omits videos that
    // moderation hides.
    let next =
        older[..scanned].last().map_or(if cursor == i64::MAX { 0 } else { cursor }, |video| video.created_ms);
    Ok(
        json!({"videos": objects(world, base_url, &older[..shown], &fields, &session), "cursor": next, "has_more": has_more}),
    )
}

pub(crate) fn query(world: &mut World, call: &mut Call, base_url: &str) -> Result<Value, ApiError> {
    let (session, fields) = start(world, call, Endpoint::VideoQuery)?;
    let body = call.json_object()?;
    let wrong = || {
        ApiError::params(
            "One or more fields in request is invalid: filters.video_ids must be 1 to 20 strings.",
        )
    };
    let ids = body
        .get("filters")
        .and_then(|filters| filters.get("video_ids"))
        .and_then(Value::as_array)
        .ok_or_else(wrong)?;
    if ids.is_empty() || ids.len() > 20 {
        return Err(wrong());
    }
    let ids: Vec<&str> = ids.iter().map(|id| id.as_str().ok_or_else(wrong)).collect::<Result<_, _>>()?;
    let now_ms = world.now_ms;
    let user = world.user(&session.username).ok_or_else(ApiError::token)?;
    let found: Vec<&Video> = user
        .public_videos(now_ms)
        .into_iter()
        .filter(|video| ids.contains(&video.id.to_string().as_str()))
        .collect();
    Ok(json!({"videos": objects(world, base_url, &found, &fields, &session)}))
}

fn objects(
    world: &World,
    base_url: &str,
    videos: &[&Video],
    fields: &[&'static str],
    session: &Session,
) -> Vec<Map<String, Value>> {
    let field = |video: &Video, name: &str| match name {
        "cover_image_url" => json!(pictures::cover_url(world, base_url, video.id)),
        _ => video.field(name, &session.username, &session.client_key, world.now_ms),
    };
    videos
        .iter()
        .map(|video| fields.iter().map(|name| ((*name).to_owned(), field(video, name))).collect())
        .collect()
}
