//! State transitions of publish tasks and grants, with the webhooks that they emit.

use crate::model::task::Task;
use crate::model::{RemovalReason, Token, Video, World};
use crate::webhook::event;

/// Advances the emulator's state to `now_ms` and does all due work in the order in which it became due.
pub(crate) fn advance_to(world: &mut World, now_ms: i64) {
    world.now_ms = world.now_ms.max(now_ms);
    let mut due: Vec<(i64, usize)> = world
        .unfinished
        .iter()
        .filter_map(|&at| world.tasks[at].due_ms(&world.settings).map(|due| (due, at)))
        .filter(|(due, _)| *due <= world.now_ms)
        .collect();
    due.sort_unstable();
    for (due_ms, at) in due {
        let username = world.tasks[at].username.clone();
        let max_sec = world.user(&username).map_or(i64::MAX, |user| user.max_duration_sec);
        let video = world.tasks[at].finish(due_ms, &world.settings, &mut world.ids, max_sec);
        finish_task(world, at, due_ms, video);
    }
    let tasks = &world.tasks;
    world.unfinished.retain(|&at| tasks[at].is_open());
    let now_ms = world.now_ms;
    let mut shown: Vec<(i64, usize)> = world.in_moderation.extract_if(.., |(at, _)| *at <= now_ms).collect();
    shown.sort_unstable();
    for (at_ms, at) in shown {
        event::post(world, at, "publicly_available", at_ms);
    }
}

/// Emits the event for a finished task and adds its video, if any, to the profile.
fn finish_task(world: &mut World, at: usize, when_ms: i64, video: Option<Video>) {
    let task = &world.tasks[at];
    let event = match task.status() {
        "FAILED" => "failed",
        "SEND_TO_USER_INBOX" => "inbox_delivered",
        _ => "complete",
    };
    let username = task.username.clone();
    event::post(world, at, event, when_ms);
    let Some(video) = video else { return };
    // A photo post has an ID but is not in `video/list` (docs/tiktok-api.md 4.2).
    world.in_moderation.push((video.public_from_ms, at));
    let is_video = !world.tasks[at].is_photos();
    if is_video && let Some(user) = world.users.get_mut(&username) {
        user.add_video(video);
    }
}

/// Posts the draft at `at` as its creator: publicly, or for followers on a private account.
pub(crate) fn finish_draft(world: &mut World, at: usize) {
    let is_private = world.user(&world.tasks[at].username).is_some_and(|user| user.private);
    let video = world.tasks[at].post_draft(world.now_ms, !is_private, &world.settings, &mut world.ids);
    finish_task(world, at, world.now_ms, video);
}

/// Hides the public post of the task at `at`.
pub(crate) fn remove_post(world: &mut World, at: usize) {
    event::post(world, at, "no_longer_publicaly_available", world.now_ms);
    let id = world.tasks[at].announced_post_id();
    world.tasks[at].hide_post();
    let username = &world.tasks[at].username;
    if let Some(user) = world.users.get_mut(username) {
        user.videos.retain(|video| Some(video.id) != id);
    }
}

/// Fails the task at `at` before its processing finishes.
pub(crate) fn fail(world: &mut World, at: usize, reason: &'static str) {
    world.tasks[at].fail(reason);
    event::post(world, at, "failed", world.now_ms);
}

/// Revokes a grant: its tokens become invalid and open tasks fail with `auth_removed` (docs/tiktok-api.md 2.4, 5.8, 6).
pub(crate) fn revoke(world: &mut World, client_key: &str, username: &str, reason: RemovalReason) {
    let is_other = |token: &Token| token.client_key != client_key || token.username != username;
    world.access.retain(|_, token| is_other(token));
    world.refresh.retain(|_, token| is_other(token));
    world.codes.retain(|_, code| code.client_key != client_key || code.username != username);
    let had = world.grants.remove(&(client_key.to_owned(), username.to_owned())).is_some();
    if had {
        event::authorization_removed(world, client_key, username, reason);
    }
    let is_hit = |task: &Task| task.client_key == client_key && task.username == username && task.is_open();
    let open: Vec<usize> = (0..world.tasks.len()).filter(|&at| is_hit(&world.tasks[at])).collect();
    for at in open {
        fail(world, at, "auth_removed");
    }
}
