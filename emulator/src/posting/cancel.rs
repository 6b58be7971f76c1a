//! `POST /v2/post/publish/cancel/` (docs/tiktok-api.md 5.9).

use hyper::StatusCode;
use serde_json::Value;

use super::status::task_of;
use crate::lifecycle;
use crate::model::World;
use crate::model::task::Source;
use crate::oauth::access;
use crate::wire::{ApiError, Call};

/// Cancels an open task. A `FILE_UPLOAD` can be cancelled until its last byte arrives (inferred: not documented).
pub(crate) fn cancel(world: &mut World, call: &mut Call) -> Result<Value, ApiError> {
    let session = access::session(world, call, &["video.publish", "video.upload"])?;
    let at = task_of(world, call, &session)?;
    let task = &world.tasks[at];
    let is_processing = task.source == Source::File && task.complete_ms.is_some();
    if !task.is_open() || is_processing {
        let message = "The publish task is already in a final state.";
        return Err(ApiError::new(StatusCode::BAD_REQUEST, "publish_not_cancellable", message));
    }
    lifecycle::fail(world, at, "publish_cancelled");
    Ok(Value::Null)
}
