//! `/v2/user/info/` (docs/tiktok-api.md 4.1).

use crate::api::call::{ApiRequest, Call, lenient_option, read};
use crate::api::endpoint::Endpoint;
use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Queries the profile, with the fields that the granted scopes allow. TikTok rejects the whole call if one field's
/// scope is missing.
#[derive(Debug, Clone, Copy)]
pub struct GetUser {
    fields: &'static str,
}

const BASIC: &str = "open_id,union_id,avatar_url,display_name";
const PROFILE: &str =
    "open_id,union_id,avatar_url,display_name,bio_description,profile_deep_link,is_verified,username";
const STATS: &str =
    "open_id,union_id,avatar_url,display_name,follower_count,following_count,likes_count,video_count";
const ALL: &str = "open_id,union_id,avatar_url,display_name,bio_description,profile_deep_link,is_verified,username,\
                   follower_count,following_count,likes_count,video_count";

impl GetUser {
    /// Returns the call for a token with these granted scopes.
    #[must_use]
    pub fn for_scopes(scopes: &[String]) -> Self {
        let has = |scope: &str| scopes.iter().any(|granted| granted == scope);
        let fields = match (has("user.info.profile"), has("user.info.stats")) {
            (true, true) => ALL,
            (true, false) => PROFILE,
            (false, true) => STATS,
            (false, false) => BASIC,
        };
        Self { fields }
    }

    /// Returns the calls to try in order until TikTok accepts one. If the granted scopes are unknown, the call with the
    /// most fields comes first. For a user who granted few scopes, TikTok refuses up to three calls, until a refresh
    /// returns the scopes.
    pub(crate) fn candidates(scopes: &[String]) -> Vec<Self> {
        if scopes.is_empty() {
            return [ALL, STATS, PROFILE, BASIC].map(|fields| Self { fields }).to_vec();
        }
        vec![Self::for_scopes(scopes)]
    }

    /// Returns the call that reads an account's metrics. If the granted scopes are unknown, the call requests only the
    /// metrics, and TikTok may refuse it.
    pub(crate) fn for_figures(scopes: &[String]) -> Self {
        if scopes.is_empty() { Self { fields: STATS } } else { Self::for_scopes(scopes) }
    }
}

/// Returns true when TikTok refused a call because the user has not granted a scope that it needs.
pub(crate) fn lacks_scope(error: &Error) -> bool {
    matches!(error.tiktok_code(), Some("scope_not_authorized" | "scope_permission_missed"))
}

/// A TikTok user. Fields that the granted scopes do not include are `None`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UserInfo {
    /// TikTok's id of the user for this app.
    pub open_id: String,
    /// The id of the same user across all apps of one developer.
    pub union_id: Option<String>,
    /// The display name.
    pub display_name: String,
    /// The username without `@`.
    pub username: Option<String>,
    /// A signed URL of the profile picture, valid for some hours; `None` when TikTok returns a URL that is not https.
    pub avatar_url: Option<String>,
    /// The user's biography.
    pub bio_description: Option<String>,
    /// A link to the profile; `None` when TikTok returns a URL that is not https.
    pub profile_deep_link: Option<String>,
    /// True when TikTok has verified the account.
    pub is_verified: Option<bool>,
    /// Number of followers.
    pub follower_count: Option<i64>,
    /// Number of accounts followed.
    pub following_count: Option<i64>,
    /// Number of likes received.
    pub likes_count: Option<i64>,
    /// Number of public videos.
    pub video_count: Option<i64>,
}

#[derive(Deserialize)]
struct DataWire {
    user: UserWire,
}

#[derive(Deserialize)]
struct UserWire {
    open_id: String,
    union_id: Option<String>,
    display_name: Option<String>,
    username: Option<String>,
    avatar_url: Option<String>,
    bio_description: Option<String>,
    profile_deep_link: Option<String>,
    is_verified: Option<bool>,
    #[serde(default, deserialize_with = "lenient_option")]
    follower_count: Option<i64>,
    #[serde(default, deserialize_with = "lenient_option")]
    following_count: Option<i64>,
    #[serde(default, deserialize_with = "lenient_option")]
    likes_count: Option<i64>,
    #[serde(default, deserialize_with = "lenient_option")]
    video_count: Option<i64>,
}

impl Call for GetUser {
    type Output = UserInfo;

    fn request(&self) -> ApiRequest {
        ApiRequest { endpoint: Endpoint::UserInfo, fields: self.fields, body: None }
    }

    fn parse(&self, data: Value) -> Result<UserInfo> {
        let user = read::<DataWire>(data)?.user;
        Ok(UserInfo {
            open_id: user.open_id,
            union_id: user.union_id,
            display_name: user.display_name.unwrap_or_default(),
            username: user.username.filter(|name| !name.is_empty()),
            avatar_url: user.avatar_url,
            bio_description: user.bio_description,
            profile_deep_link: user.profile_deep_link,
            is_verified: user.is_verified,
            follower_count: user.follower_count,
            following_count: user.following_count,
            likes_count: user.likes_count,
            video_count: user.video_count,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_granted_fields_are_requested() {
        let call = GetUser::for_scopes(&["user.info.basic".into(), "user.info.stats".into()]);
        let fields = call.request().fields;
        assert!(fields.contains("follower_count") && !fields.contains("username"));
    }

    #[test]
    fn absent_fields_are_none_and_numbers_may_be_strings() {
        let call = GetUser::for_scopes(&[]);
        let user = call.parse(json!({"user": {"open_id": "-000x", "follower_count": "12"}})).unwrap();
        assert_eq!((user.follower_count, user.username), (Some(12), None));
    }

    #[test]
    fn user_without_an_id_is_an_error() {
        let error = GetUser::for_scopes(&[]).parse(json!({"user": {"display_name": "Ana"}})).unwrap_err();
        assert_eq!(error.kind(), crate::error::ErrorKind::Unavailable);
        assert!(!format!("{error:?}").contains("Ana"));
    }
}
