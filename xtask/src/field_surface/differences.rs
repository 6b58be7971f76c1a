//! The fields whose names differ on purpose.

/// Fields of a struct of C, and the fields of the other languages in their place.
#[derive(Debug)]
pub(super) struct Difference {
    pub(super) of: &'static str,
    pub(super) c: &'static [&'static str],
    pub(super) others: &'static [&'static str],
    pub(super) why: &'static str,
}

const fn differs(
    of: &'static str,
    c: &'static [&'static str],
    others: &'static [&'static str],
    why: &'static str,
) -> Difference {
    Difference { of, c, others, why }
}

/// Rust and TypeScript use the names of TikTok's API; C uses one name for each number everywhere.
const OF_TIKTOK: &str = "the field has TikTok's name";
/// Only C has a type for one id of tenant and open id.
const ONE_ID: &str = "C names an account by one text";

pub(super) const DIFFERENCES: [Difference; 23] = [
    differs("config_problem", &["option"], &[], "TypeScript names the option in `variable`"),
    differs(
        "login_start",
        &["cookie_max_age", "cookie_name", "cookie_value"],
        &["cookie"],
        "TypeScript has the whole header",
    ),
    differs("login_result", &[], &["missing_scopes", "requested_scopes"], "C has them in the account"),
    differs(
        "tokens",
        &["access_expires_at"],
        &["expires_in", "expires_at", "token_type"],
        "C has points in time only",
    ),
    differs("account", &["id", "open_id"], &["account_id"], ONE_ID),
    differs("account", &[], &["requested_scopes"], "C has what is missing"),
    differs(
        "user",
        &["followers", "following", "likes", "videos"],
        &["follower_count", "following_count", "likes_count", "video_count"],
        OF_TIKTOK,
    ),
    differs(
        "video",
        &["comments", "description", "likes", "shares", "views"],
        &["comment_count", "video_description", "like_count", "share_count", "view_count"],
        OF_TIKTOK,
    ),
    differs("video_page", &["items", "count"], &["videos"], "every list of C has items and a count"),
    differs(
        "creator",
        &["max_video_duration", "privacy_levels"],
        &["max_video_post_duration", "privacy_level_options"],
        OF_TIKTOK,
    ),
    differs("metrics", &["videos"], &["video_count"], OF_TIKTOK),
    differs("growth", &["videos"], &["video_count"], OF_TIKTOK),
    differs(
        "growth",
        &["from_day", "to_day"],
        &["from", "to"],
        "the types of Rust and TypeScript say that they are days",
    ),
    differs(
        "history_gap",
        &["from_day", "to_day"],
        &["from", "to"],
        "the types of Rust and TypeScript say that they are days",
    ),
    differs(
        "history",
        &["over_day", "over_month", "over_week"],
        &["day", "month", "week"],
        "C keeps points and growth apart",
    ),
    differs("history", &[], &["from", "to"], "the caller of C passes both"),
    differs("finding", &["is_error"], &["severity"], "C has a flag for two values"),
    differs("publish", &["state"], &["status"], "`status` is the result of a call in C"),
    differs("publish", &[], &["post_id"], "the first of `post_ids`"),
    differs("publish_record", &["step"], &["phase"], "`phase` is that of the progress in C"),
    differs(
        "quota_window",
        &["percent", "used", "resets_in"],
        &["count"],
        "C has the numbers that a program shows",
    ),
    differs("quota_window", &[], &["source"], "TypeScript says who made the rule"),
    differs("reseal_report", &[], &["next", "total"], "C reseals all accounts in one call"),
];
