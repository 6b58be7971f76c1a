//! Scopes and their descriptions (docs/tiktok-api.md 3).

/// The scope that every user grants and cannot deselect.
pub(crate) const BASIC: &str = "user.info.basic";

/// All scopes that the seeded apps have.
pub(crate) const ALL: [&str; 6] =
    [BASIC, "user.info.profile", "user.info.stats", "video.list", "video.upload", "video.publish"];

/// Returns the description of a scope for the consent page.
pub(crate) fn describe(scope: &str) -> &str {
    match scope {
        BASIC => "Read your profile info (avatar, display name)",
        "user.info.profile" => {
            "Read your additional profile information (bio, profile link, account verification)"
        }
        "user.info.stats" => "Read your profile engagement statistics",
        "video.list" => "Read your public videos on TikTok",
        "video.upload" => "Post content to TikTok as drafts",
        "video.publish" => "Post content to TikTok",
        other => other,
    }
}
