//! `/v2/post/publish/creator_info/query/` (docs/tiktok-api.md 5.2).

use crate::api::call::{ApiRequest, Call, lenient_option, read};
use crate::api::endpoint::Endpoint;
use crate::error::Result;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The audience of a post (docs/tiktok-api.md 5.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[non_exhaustive]
pub enum PrivacyLevel {
    /// Everyone.
    PublicToEveryone,
    /// Friends: people who follow each other.
    MutualFollowFriends,
    /// The creator's followers. TikTok only offers this level to private accounts.
    FollowerOfCreator,
    /// Only the creator.
    SelfOnly,
}

impl PrivacyLevel {
    /// Returns the name that TikTok's API uses.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PublicToEveryone => "PUBLIC_TO_EVERYONE",
            Self::MutualFollowFriends => "MUTUAL_FOLLOW_FRIENDS",
            Self::FollowerOfCreator => "FOLLOWER_OF_CREATOR",
            Self::SelfOnly => "SELF_ONLY",
        }
    }

    /// Parses the name that TikTok's API uses.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "PUBLIC_TO_EVERYONE" => Self::PublicToEveryone,
            "MUTUAL_FOLLOW_FRIENDS" => Self::MutualFollowFriends,
            "FOLLOWER_OF_CREATOR" => Self::FollowerOfCreator,
            "SELF_ONLY" => Self::SelfOnly,
            _ => return None,
        })
    }
}

/// Queries the creator's current posting options. TikTok requires this query every time the app shows a post page.
#[derive(Debug, Clone, Copy)]
pub struct QueryCreator;

/// The posting options that are currently available to a creator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreatorInfo {
    /// The username without `@`.
    pub username: String,
    /// The display name, which every post page must show.
    pub nickname: String,
    /// A signed URL of the profile picture, valid for 2 hours; `None` when TikTok returns a URL that is not https.
    pub avatar_url: Option<String>,
    /// The privacy levels that this creator may choose from. Levels that this version of toklink does not know are
    /// omitted.
    pub privacy_level_options: Vec<PrivacyLevel>,
    /// True when the creator turned comments off.
    pub comment_disabled: bool,
    /// True when duets are off, or the account is private.
    pub duet_disabled: bool,
    /// True when stitches are off, or the account is private.
    pub stitch_disabled: bool,
    /// The longest allowed video, in seconds.
    pub max_video_post_duration_sec: u32,
}

/// The API's own maximum (docs/tiktok-api.md 5.10), used when TikTok does not return the creator's limit.
const DEFAULT_MAX_DURATION_SEC: u32 = 600;

#[derive(Deserialize)]
struct CreatorWire {
    creator_username: Option<String>,
    creator_nickname: Option<String>,
    creator_avatar_url: Option<String>,
    privacy_level_options: Vec<String>,
    comment_disabled: Option<bool>,
    duet_disabled: Option<bool>,
    stitch_disabled: Option<bool>,
    #[serde(default, deserialize_with = "lenient_option")]
    max_video_post_duration_sec: Option<i64>,
}

impl Call for QueryCreator {
    type Output = CreatorInfo;

    fn request(&self) -> ApiRequest {
        ApiRequest { endpoint: Endpoint::CreatorInfo, fields: "", body: Some(json!({})) }
    }

    fn parse(&self, data: Value) -> Result<CreatorInfo> {
        let wire: CreatorWire = read(data)?;
        Ok(CreatorInfo {
            username: wire.creator_username.unwrap_or_default(),
            nickname: wire.creator_nickname.unwrap_or_default(),
            avatar_url: wire.creator_avatar_url,
            privacy_level_options: wire
                .privacy_level_options
                .iter()
                .filter_map(|o| PrivacyLevel::parse(o))
                .collect(),
            comment_disabled: wire.comment_disabled.unwrap_or(false),
            duet_disabled: wire.duet_disabled.unwrap_or(false),
            stitch_disabled: wire.stitch_disabled.unwrap_or(false),
            max_video_post_duration_sec: wire
                .max_video_post_duration_sec
                .and_then(|sec| u32::try_from(sec).ok())
                .filter(|sec| *sec > 0)
                .unwrap_or(DEFAULT_MAX_DURATION_SEC),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_privacy_levels_are_omitted() {
        let data = json!({ "creator_nickname": "Ana", "privacy_level_options": ["SELF_ONLY", "NEW_LEVEL"] });
        let info = QueryCreator.parse(data).unwrap();
        assert_eq!(info.privacy_level_options, [PrivacyLevel::SelfOnly]);
        assert_eq!(info.max_video_post_duration_sec, 600);
    }

    #[test]
    fn every_privacy_level_round_trips() {
        for text in ["PUBLIC_TO_EVERYONE", "MUTUAL_FOLLOW_FRIENDS", "FOLLOWER_OF_CREATOR", "SELF_ONLY"] {
            let level = PrivacyLevel::parse(text).unwrap();
            assert_eq!((level.as_str(), serde_json::to_value(level).unwrap()), (text, json!(text)));
        }
    }
}
