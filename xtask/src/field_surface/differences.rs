//! Fields whose names intentionally differ between the languages.

/// Fields of a C struct, and the fields that other languages have in their place.
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

/// Rust and TypeScript use the names of TikTok's API. C uses the same name for a number in all structs.
const OF_TIKTOK: &str = "the field has TikTok's name";
/// Only C has one ID that combines tenant and open ID.
const ONE_ID: &str = "C identifies an account by one string";

pub(super) const DIFFERENCES: [Difference; 23] = [
    differs("config_problem", &["option"], &[], "TypeScript names the option in `variable`"),
    differs(
        "login_start",
        &["cookie_max_age", "cookie_name", "cookie_value"],
        &["cookie"],
        "TypeScript returns the complete cookie header",
    ),
    differs("login_result", &[], &["missing_scopes", "requested_scopes"], "C returns them with the account"),
    differs(
        "tokens",
        &["access_expires_at"],
        &["expires_in", "expires_at", "token_type"],
        "C only uses points in time",
    ),
    differs("account", &["id", "open_id"], &["account_id"], ONE_ID),
    differs("account", &[], &["requested_scopes"], "C has the missing scopes instead"),
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
    differs("video_page", &["items", "count"], &["videos"], "every list in C has items and a count"),
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
        "the types in Rust and TypeScript show that the values are days",
    ),
    differs(
        "history_gap",
        &["from_day", "to_day"],
        &["from", "to"],
        "the types in Rust and TypeScript show that the values are days",
    ),
    differs(
        "history",
        &["over_day", "over_month", "over_week"],
        &["day", "month", "week"],
        "C separates data points from growth",
    ),
    differs("history", &[], &["from", "to"], "in C, the caller passes both"),
    differs("finding", &["is_error"], &["severity"], "C uses a flag for the two values"),
    differs("publish", &["state"], &["status"], "`status` is the result of a call in C"),
    differs("publish", &[], &["post_id"], "the first of `post_ids`"),
    differs("publish_record", &["step"], &["phase"], "in C, `phase` is a field of the progress"),
    differs(
        "quota_window",
        &["percent", "used", "resets_in"],
        &["count"],
        "C returns the values that a program displays",
    ),
    differs("quota_window", &[], &["source"], "only TypeScript returns the source of the limit"),
    differs("reseal_report", &[], &["next", "total"], "C reseals all accounts in one call"),
];
