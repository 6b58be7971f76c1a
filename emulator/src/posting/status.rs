//! `POST /v2/post/publish/status/fetch/` (docs/tiktok-api.md 5.8).

use hyper::StatusCode;
use serde_json::{Value, json};

use crate::model::task::Source;
use crate::model::{Session, World};
use crate::oauth::access;
use crate::wire::{ApiError, Call, Endpoint};

/// Maximum number of calls per minute and user token (docs/tiktok-api.md 8).
const PER_MINUTE: usize = 30;
const SCOPES: [&str; 2] = ["video.publish", "video.upload"];

pub(crate) fn fetch(world: &mut World, call: &mut Call) -> Result<Value, ApiError> {
    let session = access::session(world, call, &SCOPES)?;
    access::check_rate(world, Endpoint::Status, &session.token, PER_MINUTE)?;
    let at = task_of(world, call, &session)?;
    let task = &world.tasks[at];
    let mut data = json!({"status": task.status()});
    if let Some(reason) = task.fail_reason() {
        data["fail_reason"] = json!(reason);
    }
    if let Some(id) = task.public_post_id(world.now_ms) {
        // An unquoted number above 2^53, with TikTok's spelling of the field.
        data["publicaly_available_post_id"] = json!([id]);
    }
    let bytes = if task.source == Source::File { "uploaded_bytes" } else { "downloaded_bytes" };
    data[bytes] = json!(task.received);
    Ok(data)
}

/// Returns the task with the `publish_id` in the body, if it belongs to the token's app and user.
pub(crate) fn task_of(world: &World, call: &mut Call, session: &Session) -> Result<usize, ApiError> {
    let bad = |code, message: &str| ApiError::new(StatusCode::BAD_REQUEST, code, message);
    let body = call.json_object()?;
    let publish_id = body.get("publish_id").and_then(Value::as_str).unwrap_or_default();
    let at = world.tasks.iter().rposition(|task| task.publish_id == publish_id);
    let at = at.ok_or_else(|| bad("invalid_publish_id", "The publish_id is invalid."))?;
    let task = &world.tasks[at];
    if task.username != session.username || task.client_key != session.client_key {
        let message = "The access token is not authorized for the specified publish_id.";
        return Err(bad("token_not_authorized_for_specified_publish_id", message));
    }
    call.details.publish_id = Some(task.publish_id.clone());
    Ok(at)
}
