//! `video/init` and `inbox/video/init` (docs/tiktok-api.md 5.3, 5.4).

use hyper::StatusCode;
use serde_json::{Value, json};
use url::Url;

use super::body::{NO_SOURCE, Object, check_ownership, invalid, json_body, post_info, text};
use super::{chunks, eligibility};
use crate::model::task::{Fetch, Mode, PostInfo, Source, Task};
use crate::model::{Session, World};
use crate::oauth::access;
use crate::wire::{ApiError, Call, Endpoint};

/// Maximum number of inits per minute and user token, counted separately for each endpoint (docs/tiktok-api.md 8).
const PER_MINUTE: usize = 6;
/// Maximum length of a caption, UTF-16 code units (docs/tiktok-api.md 5.3).
const TITLE_UNITS: usize = 2_200;

/// Starts a direct post. The order of the checks follows 14 E8 (inferred).
pub(crate) fn direct(world: &mut World, call: &mut Call, base_url: &str) -> Result<Value, ApiError> {
    let session = access::session(world, call, &["video.publish"])?;
    access::check_rate(world, Endpoint::VideoInit, &session.token, PER_MINUTE)?;
    let body = json_body(call)?;
    let info = post_info(&body, TITLE_UNITS)?;
    let (source, sizes) = source_info(&body)?;
    eligibility::check_can_post(world, &session, StatusCode::FORBIDDEN)?;
    eligibility::check_audit(world, &session, &info.privacy_level)?;
    eligibility::check_privacy(world, &session, &info.privacy_level)?;
    open(world, call, &session, Mode::Direct, source, info, sizes, base_url)
}

/// Starts a draft. Ignores `post_info`, which TikTok does not document here (5.4).
pub(crate) fn inbox(world: &mut World, call: &mut Call, base_url: &str) -> Result<Value, ApiError> {
    let session = access::session(world, call, &["video.upload"])?;
    access::check_rate(world, Endpoint::InboxInit, &session.token, PER_MINUTE)?;
    let body = json_body(call)?;
    let (source, sizes) = source_info(&body)?;
    eligibility::check_can_draft(world, &session)?;
    open(world, call, &session, Mode::Inbox, source, PostInfo::default(), sizes, base_url)
}

#[expect(
    clippy::too_many_arguments,
    reason = "the last step of both inits; an earlier step validated each argument"
)]
pub(super) fn open(
    world: &mut World,
    call: &mut Call,
    session: &Session,
    mode: Mode,
    source: Source,
    info: PostInfo,
    sizes: (u64, u64, u64),
    base_url: &str,
) -> Result<Value, ApiError> {
    match &source {
        Source::Pull { url } => check_ownership(world, session, url)?,
        Source::Photos { urls } => urls.iter().try_for_each(|url| check_ownership(world, session, url))?,
        Source::File => {}
    }
    let is_file = source == Source::File;
    let owner = (session.client_key.as_str(), session.username.as_str());
    let mut task = Task::new(&mut world.ids, world.now_ms, owner, mode, source, info, sizes);
    if !is_file && world.settings.pull_from.is_none() {
        task.fetch = Fetch::Failed(task.pull_failure());
    }
    call.details.publish_id = Some(task.publish_id.clone());
    let mut data = json!({"publish_id": task.publish_id});
    if is_file {
        let (id, token) = (&task.upload_id, &task.upload_token);
        data["upload_url"] = json!(format!("{base_url}/video/?upload_id={id}&upload_token={token}"));
    }
    world.unfinished.push(world.tasks.len());
    world.tasks.push(task);
    Ok(data)
}

fn source_info(body: &Object) -> Result<(Source, (u64, u64, u64)), ApiError> {
    let info =
        body.get("source_info").and_then(Value::as_object).ok_or_else(|| ApiError::params(NO_SOURCE))?;
    match info.get("source").and_then(Value::as_str) {
        Some("FILE_UPLOAD") => {
            let number = |name: &str| info.get(name).and_then(Value::as_u64).unwrap_or(0);
            let sizes = (number("video_size"), number("chunk_size"), number("total_chunk_count"));
            chunks::check(sizes.0, sizes.1, sizes.2)?;
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
