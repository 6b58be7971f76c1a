//! Webhook events and their bodies (docs/tiktok-api.md 6).

use serde::Serialize;
use serde_json::{Value, json};

use crate::model::task::{Mode, Task};
use crate::model::{RemovalReason, World};

/// Body of a webhook. The fields have the same order as in TikTok's samples.
#[derive(Serialize)]
struct Body<'a> {
    client_key: &'a str,
    event: &'a str,
    create_time: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_openid: Option<String>,
    /// JSON encoded as a string, which receivers parse separately.
    content: String,
}

pub(crate) fn authorization_removed(
    world: &mut World,
    client_key: &str,
    username: &str,
    reason: RemovalReason,
) {
    let content = json!({"reason": reason as u8});
    queue(world, client_key, Some(username), "authorization.removed", &content, world.now_ms);
}

/// Queues an event of the legacy Share Kit.
pub(crate) fn legacy_share(
    world: &mut World,
    client_key: &str,
    username: &str,
    share_id: &str,
    failed: bool,
) {
    let event = if failed { "video.upload.failed" } else { "video.publish.completed" };
    queue(world, client_key, Some(username), event, &json!({"share_id": share_id}), world.now_ms);
}

/// Queues `portability.download.ready`, the only event without a user.
pub(crate) fn archive_ready(world: &mut World, client_key: &str, request_id: i64) {
    let content = json!({"request_id": request_id});
    queue(world, client_key, None, "portability.download.ready", &content, world.now_ms);
}

/// Queues the event `post.publish.{event}`, which happened at `at_ms`.
pub(crate) fn post(world: &mut World, task: usize, event: &str, at_ms: i64) {
    let task = &world.tasks[task];
    let content = content(task, event);
    let (client_key, username) = (task.client_key.clone(), task.username.clone());
    queue(world, &client_key, Some(&username), &format!("post.publish.{event}"), &content, at_ms);
}

fn content(task: &Task, event: &str) -> Value {
    let publish_type = if task.mode == Mode::Inbox { "INBOX_SHARE" } else { "DIRECT_PUBLISH" };
    let mut content = json!({"publish_id": task.publish_id, "publish_type": publish_type});
    match event {
        "failed" => content["reason"] = json!(task.fail_reason()),
        // A string, as in the recordings from 2026-02 (C12).
        "publicly_available" | "no_longer_publicaly_available" => {
            content["post_id"] = json!(task.announced_post_id().map(|id| id.to_string()));
        }
        _ => {}
    }
    content
}

fn queue(
    world: &mut World,
    client_key: &str,
    username: Option<&str>,
    event: &str,
    content: &Value,
    at_ms: i64,
) {
    if world.app(client_key).is_none_or(|app| app.webhook_url.is_none()) {
        return;
    }
    let body = Body {
        client_key,
        event,
        create_time: at_ms / 1000,
        user_openid: username.map(|username| world.ids.open_id(client_key, username)),
        content: content.to_string(),
    };
    let body = serde_json::to_string(&body).unwrap_or_default();
    let (repeats, delays) = (world.settings.webhook_duplicates, world.settings.webhook_reorder);
    world.webhook_queue.add(client_key, event, &body, at_ms, delays);
    if repeats {
        world.webhook_queue.add(client_key, event, &body, at_ms, delays);
    }
}
