//! Checks whether a user can post now: bans, caps and the audit (docs/tiktok-api.md 5.11). TikTok does not document the
//! order of the checks; the emulator uses the order in 14 E8.

use std::collections::HashSet;

use hyper::StatusCode;

use crate::model::{Session, World};
use crate::wire::ApiError;

const DAY_MS: i64 = 86_400_000;
/// Maximum number of posts per creator in 24 hours, across all apps. TikTok documents "about 15" a day
/// (docs/tiktok-api.md 5.11).
const DAILY_POSTS: usize = 15;
/// Maximum number of pending drafts per creator in 24 h (docs/tiktok-api.md 5.4).
const PENDING_SHARES: usize = 5;
/// Maximum number of creators in 24 h for an unaudited app (docs/tiktok-api.md 5.11).
const UNAUDITED_USERS: usize = 5;

/// Returns the `privacy_level_options` of a creator (docs/tiktok-api.md 5.2).
pub(crate) fn privacy_options(is_private: bool) -> [&'static str; 3] {
    let widest = if is_private { "FOLLOWER_OF_CREATOR" } else { "PUBLIC_TO_EVERYONE" };
    [widest, "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY"]
}

/// Checks the ban, the daily cap and the active-user cap. `creator_info` responds with `status` 200, the inits with
/// 403.
pub(crate) fn check_can_post(world: &World, session: &Session, status: StatusCode) -> Result<(), ApiError> {
    let user = world.user(&session.username).ok_or_else(ApiError::token)?;
    if user.banned {
        let message = "The user is banned from making new posts.";
        return Err(ApiError::new(status, "spam_risk_user_banned_from_posting", message));
    }
    let posted =
        recent(world).filter(|task| task.username == session.username && task.counts_as_post()).count();
    if user.capped || (world.limits_on && posted >= DAILY_POSTS) {
        let message = "The daily post cap of this user is reached.";
        return Err(ApiError::new(status, "spam_risk_too_many_posts", message));
    }
    let cap = world.app(&session.client_key).and_then(|app| {
        let unaudited = (!app.audited).then_some(UNAUDITED_USERS);
        app.active_user_cap.or(unaudited)
    });
    if let Some(cap) = cap.filter(|_| world.limits_on) {
        let active: HashSet<&str> = recent(world)
            .filter(|task| task.client_key == session.client_key && task.counts_as_post())
            .map(|task| task.username.as_str())
            .collect();
        if active.len() >= cap && !active.contains(session.username.as_str()) {
            let message = "The daily quota of active publishing users of this client is reached.";
            return Err(ApiError::new(status, "reached_active_user_cap", message));
        }
    }
    Ok(())
}

/// Checks that an unaudited app posts `SELF_ONLY` to a private account (docs/tiktok-api.md 5.11, C19).
pub(crate) fn check_audit(world: &World, session: &Session, privacy_level: &str) -> Result<(), ApiError> {
    let audited = world.app(&session.client_key).is_some_and(|app| app.audited);
    let is_private = world.user(&session.username).is_some_and(|user| user.private);
    if audited || (is_private && privacy_level == "SELF_ONLY") {
        return Ok(());
    }
    let message = "Please review our integration guidelines at https://developers.tiktok.com/doc/content-sharing-guidelines/";
    Err(ApiError::forbidden("unaudited_client_can_only_post_to_private_accounts", message))
}

/// Checks that the creator offers the privacy level (docs/tiktok-api.md 5.3).
pub(crate) fn check_privacy(world: &World, session: &Session, privacy_level: &str) -> Result<(), ApiError> {
    let is_private = world.user(&session.username).is_some_and(|user| user.private);
    if privacy_options(is_private).contains(&privacy_level) {
        return Ok(());
    }
    let message = "The privacy level is not one of this creator's privacy_level_options.";
    Err(ApiError::forbidden("privacy_level_option_mismatch", message))
}

/// Checks that the creator is not banned and has fewer than 5 pending drafts (docs/tiktok-api.md 5.4, C13).
pub(crate) fn check_can_draft(world: &World, session: &Session) -> Result<(), ApiError> {
    if world.user(&session.username).is_some_and(|user| user.banned) {
        let message = "The user is banned from making new posts.";
        return Err(ApiError::forbidden("spam_risk_user_banned_from_posting", message));
    }
    let pending =
        recent(world).filter(|task| task.username == session.username && task.is_pending_share()).count();
    if world.limits_on && pending >= PENDING_SHARES {
        let message = "There may be at most 5 pending shares within any 24 hours.";
        return Err(ApiError::forbidden("spam_risk_too_many_pending_share", message));
    }
    Ok(())
}

/// Returns the tasks of the last 24 h of virtual time.
fn recent(world: &World) -> impl Iterator<Item = &crate::model::task::Task> {
    let since = world.now_ms - DAY_MS;
    world.tasks.iter().rev().take_while(move |task| task.created_ms > since)
}
