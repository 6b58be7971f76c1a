//! `GET /v2/user/info/` (docs/tiktok-api.md 4.1).

use serde_json::{Map, Value, json};

use super::fields::{FieldScope, requested_fields};
use crate::model::{User, World};
use crate::oauth::access;
use crate::oauth::scopes::BASIC;
use crate::pictures::{self, AvatarSize};
use crate::wire::{ApiError, Call, Endpoint};

/// Maximum number of calls per minute and app (docs/tiktok-api.md 4.5).
pub(crate) const DISPLAY_PER_MINUTE: usize = 600;

const PROFILE: &str = "user.info.profile";
const STATS: &str = "user.info.stats";
const FIELDS: [FieldScope; 15] = [
    ("open_id", BASIC),
    ("union_id", BASIC),
    ("avatar_url", BASIC),
    ("avatar_url_100", BASIC),
    // Published clients still request this v1 field from v2 at every login (I), so the emulator accepts it.
    ("avatar_url_200", BASIC),
    ("avatar_large_url", BASIC),
    ("display_name", BASIC),
    ("bio_description", PROFILE),
    ("profile_deep_link", PROFILE),
    ("is_verified", PROFILE),
    ("username", PROFILE),
    ("follower_count", STATS),
    ("following_count", STATS),
    ("likes_count", STATS),
    ("video_count", STATS),
];

pub(crate) fn info(world: &mut World, call: &mut Call, base_url: &str) -> Result<Value, ApiError> {
    let session = access::session(world, call, &[BASIC])?;
    access::check_rate(world, Endpoint::UserInfo, &session.client_key, DISPLAY_PER_MINUTE)?;
    let fields = requested_fields(call, &session, &FIELDS)?;
    let user = world.user(&session.username).ok_or_else(ApiError::token)?;
    let mut out = Map::new();
    for field in fields {
        let value = match field {
            "open_id" => json!(world.ids.open_id(&session.client_key, &user.username)),
            "union_id" => json!(world.ids.union_id(&user.username)),
            "avatar_url" => json!(pictures::avatar_url(world, base_url, user, AvatarSize::Default)),
            "avatar_url_100" => json!(pictures::avatar_url(world, base_url, user, AvatarSize::Small)),
            "avatar_url_200" => json!(pictures::avatar_url(world, base_url, user, AvatarSize::Medium)),
            "avatar_large_url" => json!(pictures::avatar_url(world, base_url, user, AvatarSize::Large)),
            _ => value_of(user, field, world.now_ms),
        };
        out.insert(field.to_owned(), value);
    }
    Ok(json!({"user": out}))
}

fn value_of(user: &User, field: &str, now_ms: i64) -> Value {
    match field {
        "display_name" => json!(user.display_name),
        "bio_description" => json!(user.bio),
        "profile_deep_link" => json!(format!("https://vm.tiktok.com/{}/", user.username.replace('.', ""))),
        "is_verified" => json!(user.verified),
        "username" => json!(user.username),
        "follower_count" => json!(followers(user, now_ms)),
        "following_count" => json!(user.following),
        "likes_count" => {
            json!(user.public_videos(now_ms).iter().map(|video| video.likes(now_ms)).sum::<i64>())
        }
        "video_count" => json!(user.public_videos(now_ms).len()),
        _ => Value::Null,
    }
}

/// Returns the number of followers. It grows by one percent a day, so that metrics change (14 E14, inferred).
fn followers(user: &User, now_ms: i64) -> i64 {
    user.followers + user.followers * (now_ms - user.joined_ms).max(0) / (100 * 86_400_000)
}
