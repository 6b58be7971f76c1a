//! Reports the state of an emulator as JSON.

use serde_json::{Value, json};

use crate::oauth::token::join_scopes;
use crate::state::Shared;

/// Returns the emulator's state without secrets.
pub(crate) fn state(shared: &Shared) -> Value {
    let faults = json!(shared.faults().all());
    let world = shared.world();
    let now_ms = world.now_ms;
    let apps: Vec<Value> = world
        .apps
        .iter()
        .map(|app| {
            json!({
                "client_key": app.client_key, "name": app.name, "audited": app.audited,
                "webhook_url": app.webhook_url, "url_properties": app.url_properties,
            })
        })
        .collect();
    let users: Vec<Value> = world
        .users
        .values()
        .map(|user| {
            json!({
                "username": user.username, "display_name": user.display_name, "private": user.private,
                "banned": user.banned, "capped": user.capped, "public_videos": user.public_videos(now_ms).len(),
            })
        })
        .collect();
    let mut grants: Vec<Value> = Vec::new();
    for ((client_key, username), scopes) in &world.grants {
        grants.push(json!({"client_key": client_key, "username": username, "scope": join_scopes(scopes)}));
    }
    grants.sort_by_key(Value::to_string);
    let posts: Vec<_> = world.tasks.iter().map(|task| task.summary(now_ms)).collect();
    json!({
        "now_ms": now_ms, "limits": world.limits_on, "settings": world.settings, "faults": faults,
        "apps": apps, "users": users, "grants": grants, "posts": posts,
    })
}
