//! `video/init` and `inbox/video/init` (docs/tiktok-api.md 5.3, 5.4).

use hyper::StatusCode;
use serde_json::{Map, Value, json};
use url::Url;

use super::task::{Mode, PostInfo, Source, Task};
use super::{gate, plan};
use crate::wire::{ApiError, Call};
use crate::world::{Session, World};

/// Inits per minute and user token, each page counted apart (docs/tiktok-api.md 8).
const PER_MINUTE: usize = 6;
/// UTF-16 code units of a caption (docs/tiktok-api.md 5.3).
const TITLE_UNITS: usize = 2_200;
const LEVELS: [&str; 4] = ["PUBLIC_TO_EVERYONE", "MUTUAL_FOLLOW_FRIENDS", "FOLLOWER_OF_CREATOR", "SELF_ONLY"];
const NO_SOURCE: &str = "The request source info is empty or incorrect";

type Object = Map<String, Value>;

/// Direct post. Order of the checks: 14 E8 (inferred).
pub(crate) fn direct(world: &mut World, call: &mut Call, base_url: &str) -> Result<Value, ApiError> {
    let session = world.session(call, &["video.publish"])?;
    world.rate("video_init", &session.token, PER_MINUTE)?;
    let body = json_body(call)?;
    let info = post_info(&body)?;
    let (source, sizes) = source_info(&body)?;
    gate::may_post(world, &session, StatusCode::FORBIDDEN)?;
    gate::audit(world, &session, &info.privacy_level)?;
    let is_private = world.user(&session.username).is_some_and(|user| user.private);
    if !gate::privacy_options(is_private).contains(&info.privacy_level.as_str()) {
        let message = "The privacy level is not one of this creator's privacy_level_options.";
        return Err(ApiError::forbidden("privacy_level_option_mismatch", message));
    }
    open(world, call, &session, Mode::Direct, source, info, sizes, base_url)
}

/// Draft. `post_info` is not documented here and ignored (5.4).
pub(crate) fn inbox(world: &mut World, call: &mut Call, base_url: &str) -> Result<Value, ApiError> {
    let session = world.session(call, &["video.upload"])?;
    world.rate("inbox_init", &session.token, PER_MINUTE)?;
    let body = json_body(call)?;
    let (source, sizes) = source_info(&body)?;
    gate::may_draft(world, &session)?;
    open(world, call, &session, Mode::Inbox, source, PostInfo::default(), sizes, base_url)
}

#[expect(
    clippy::too_many_arguments,
    reason = "the last step of both inits; each argument was checked by its own step"
)]
fn open(
    world: &mut World,
    call: &mut Call,
    session: &Session,
    mode: Mode,
    source: Source,
    info: PostInfo,
    sizes: (u64, u64, u64),
    base_url: &str,
) -> Result<Value, ApiError> {
    if let Source::Pull { url } = &source {
        check_ownership(world, session, url)?;
    }
    let is_file = source == Source::File;
    let owner = (session.client_key.as_str(), session.username.as_str());
    let task = Task::new(&mut world.ids, world.now_ms, owner, mode, source, info, sizes);
    call.who.publish_id = Some(task.publish_id.clone());
    let mut data = json!({"publish_id": task.publish_id});
    if is_file {
        let (id, token) = (&task.upload_id, &task.upload_token);
        data["upload_url"] = json!(format!("{base_url}/video/?upload_id={id}&upload_token={token}"));
    }
    world.unsettled.push(world.tasks.len());
    world.tasks.push(task);
    Ok(data)
}

fn json_body(call: &Call) -> Result<Object, ApiError> {
    if !call.is_content_type("application/json") {
        return Err(ApiError::params("The Content-Type must be application/json."));
    }
    call.json_object()
}

fn post_info(body: &Object) -> Result<PostInfo, ApiError> {
    let info = body.get("post_info").and_then(Value::as_object);
    let info = info.ok_or_else(|| ApiError::params("The request post info is empty or incorrect"))?;
    let privacy_level = text(info, "privacy_level")?.unwrap_or_default();
    if !LEVELS.contains(&privacy_level.as_str()) {
        return Err(invalid("privacy_level"));
    }
    let title = text(info, "title")?.unwrap_or_default();
    if title.encode_utf16().count() > TITLE_UNITS {
        return Err(invalid("title"));
    }
    let cover_timestamp_ms = match info.get("video_cover_timestamp_ms") {
        None | Some(Value::Null) => None,
        Some(value) => Some(value.as_i64().ok_or_else(|| invalid("video_cover_timestamp_ms"))?),
    };
    let info = PostInfo {
        title,
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

fn source_info(body: &Object) -> Result<(Source, (u64, u64, u64)), ApiError> {
    let info =
        body.get("source_info").and_then(Value::as_object).ok_or_else(|| ApiError::params(NO_SOURCE))?;
    match info.get("source").and_then(Value::as_str) {
        Some("FILE_UPLOAD") => {
            let number = |name: &str| info.get(name).and_then(Value::as_u64).unwrap_or(0);
            let sizes = (number("video_size"), number("chunk_size"), number("total_chunk_count"));
            plan::check(sizes.0, sizes.1, sizes.2)?;
            Ok((Source::File, sizes))
        }
        Some("PULL_FROM_URL") => {
            let url = text(info, "video_url")?
                .filter(|url| Url::parse(url).is_ok_and(|url| url.scheme() == "https"));
            let url = url.ok_or_else(|| invalid("video_url"))?;
            Ok((Source::Pull { url }, (0, 0, 0)))
        }
        _ => Err(ApiError::params(NO_SOURCE)),
    }
}

/// The URL must start with a verified prefix (docs/tiktok-api.md 5.6).
fn check_ownership(world: &World, session: &Session, url: &str) -> Result<(), ApiError> {
    let owned = world
        .app(&session.client_key)
        .is_some_and(|app| app.url_properties.iter().any(|p| url.starts_with(p)));
    if owned {
        return Ok(());
    }
    let message = "Please review our URL ownership verification rules at https://developers.tiktok.com/doc/content-posting-api-media-transfer-guide/";
    Err(ApiError::forbidden("url_ownership_unverified", message))
}

fn invalid(field: &str) -> ApiError {
    ApiError::params(&format!("One or more fields in request is invalid: {field}."))
}

fn text(object: &Object, name: &str) -> Result<Option<String>, ApiError> {
    match object.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(invalid(name)),
    }
}

fn flag(object: &Object, name: &str) -> Result<bool, ApiError> {
    match object.get(name) {
        None | Some(Value::Null) => Ok(false),
        Some(Value::Bool(on)) => Ok(*on),
        Some(_) => Err(invalid(name)),
    }
}
