//! What a webhook says, typed. Ids stay text: they are above 2^53, and TikTok writes them as numbers or as strings
//! (docs/tiktok-api.md 6, C12).

use crate::clock::Timestamp;
use crate::error::{Error, ErrorKind, Owner, Result};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// A genuine webhook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WebhookEvent {
    /// The app that it is for.
    pub client_key: String,
    /// When it happened, in whole seconds.
    pub created_at: Timestamp,
    /// The user (`open_id`) that it is about; absent where TikTok names none.
    pub account_id: Option<String>,
    /// The same for every repetition of one event. TikTok delivers at least once, for up to 72 hours.
    pub dedupe_key: String,
    /// What happened.
    #[serde(flatten)]
    pub news: WebhookNews,
}

/// What happened; in JSON `event` tells which.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all_fields = "camelCase")]
#[non_exhaustive]
pub enum WebhookNews {
    /// A user's consent ended; the token is already dead.
    #[serde(rename = "authorization.removed")]
    AuthorizationRemoved {
        /// Why.
        reason: Removal,
    },
    /// A publish ended without a post.
    #[serde(rename = "post.publish.failed")]
    PublishFailed {
        /// TikTok's id of the publish.
        publish_id: String,
        /// TikTok's word, one of the fail reasons of docs/tiktok-api.md 5.8.
        reason: String,
        /// How it was begun.
        publish_type: PublishKind,
    },
    /// The upload was processed, or the creator posted the draft. Not yet public.
    #[serde(rename = "post.publish.complete")]
    PublishComplete {
        /// TikTok's id of the publish.
        publish_id: String,
        /// How it was begun.
        publish_type: PublishKind,
    },
    /// A draft lies in the creator's inbox.
    #[serde(rename = "post.publish.inbox_delivered")]
    InboxDelivered {
        /// TikTok's id of the publish.
        publish_id: String,
        /// How it was begun.
        publish_type: PublishKind,
    },
    /// The post can be seen by everyone.
    #[serde(rename = "post.publish.publicly_available")]
    PubliclyAvailable {
        /// TikTok's id of the publish.
        publish_id: String,
        /// The post's id.
        post_id: String,
        /// How it was begun.
        publish_type: PublishKind,
    },
    /// The post can no longer be seen by everyone.
    #[serde(rename = "post.publish.no_longer_publicly_available")]
    NoLongerPubliclyAvailable {
        /// TikTok's id of the publish.
        publish_id: String,
        /// The post's id.
        post_id: String,
        /// How it was begun.
        publish_type: PublishKind,
    },
    /// An upload by the old Share Video Kit failed.
    #[serde(rename = "video.upload.failed")]
    ShareFailed {
        /// The kit's id of it.
        share_id: String,
    },
    /// A video of the old Share Video Kit was posted.
    #[serde(rename = "video.publish.completed")]
    ShareCompleted {
        /// The kit's id of it.
        share_id: String,
    },
    /// An export of a user's data can be fetched.
    #[serde(rename = "portability.download.ready")]
    DownloadReady {
        /// The id of the export.
        request_id: String,
    },
    /// Something that this version does not know. It is genuine; answer 200, or TikTok repeats it for 72 hours.
    #[serde(rename = "unknown")]
    Unknown {
        /// TikTok's name of the event.
        name: String,
    },
}

/// Why a consent ended (docs/tiktok-api.md 6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Removal {
    /// TikTok does not say, or says what this version does not know.
    Unknown,
    /// The user removed the app.
    ByUser,
    /// The user deleted the account.
    AccountDeleted,
    /// The user's age was corrected.
    AgeChanged,
    /// The user was banned.
    Banned,
    /// The app itself revoked it.
    ByDeveloper,
}

/// How a publish was begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[non_exhaustive]
pub enum PublishKind {
    /// Posted directly; `DIRECT_POST` was seen for it too (docs/tiktok-api.md, C11).
    DirectPublish,
    /// Sent to the creator's inbox as a draft.
    InboxShare,
    /// TikTok does not say, or says what this version does not know.
    Unknown,
}

impl<'de> Deserialize<'de> for PublishKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        Ok(match value.as_str() {
            Some("DIRECT_PUBLISH" | "DIRECT_POST") => Self::DirectPublish,
            Some("INBOX_SHARE") => Self::InboxShare,
            _ => Self::Unknown,
        })
    }
}

impl WebhookNews {
    /// The publish that it is about.
    #[must_use]
    pub fn publish_id(&self) -> Option<&str> {
        match self {
            Self::PublishFailed { publish_id, .. }
            | Self::PublishComplete { publish_id, .. }
            | Self::InboxDelivered { publish_id, .. }
            | Self::PubliclyAvailable { publish_id, .. }
            | Self::NoLongerPubliclyAvailable { publish_id, .. } => Some(publish_id),
            _ => None,
        }
    }
}

#[derive(Deserialize)]
struct BodyWire {
    client_key: String,
    event: String,
    create_time: i64,
    user_openid: Option<String>,
    /// JSON within a string; an object was never seen and would be as clear.
    #[serde(default)]
    content: Value,
}

#[derive(Deserialize)]
struct PostWire {
    publish_id: String,
    #[serde(default)]
    reason: Option<String>,
    #[serde(default = "unknown_kind")]
    publish_type: PublishKind,
    #[serde(default)]
    post_id: Value,
}

#[derive(Deserialize)]
struct NumbersWire {
    #[serde(default)]
    reason: Value,
    #[serde(default)]
    share_id: Value,
    #[serde(default)]
    request_id: Value,
}

fn unknown_kind() -> PublishKind {
    PublishKind::Unknown
}

/// Reads a body whose signature fits.
pub(super) fn parse(body: &[u8]) -> Result<WebhookEvent> {
    let wire: BodyWire = serde_json::from_slice(body).map_err(|_| malformed())?;
    let content = match &wire.content {
        Value::String(text) if text.is_empty() => Value::Null,
        Value::String(text) => serde_json::from_str(text).map_err(|_| malformed())?,
        other => other.clone(),
    };
    let news = news(&wire.event, content)?;
    let created_at = Timestamp::from_secs(wire.create_time);
    // One that no calendar has would not survive its own JSON, and lies after every connection.
    if Timestamp::from_iso8601(&created_at.to_iso8601()) != Some(created_at) {
        return Err(malformed());
    }
    let account_id = wire.user_openid.filter(|id| !id.is_empty());
    let dedupe_key = dedupe_key(&[
        &wire.client_key,
        &wire.event,
        &wire.create_time.to_string(),
        account_id.as_deref().unwrap_or_default(),
        wire.content.as_str().unwrap_or_default(),
    ]);
    Ok(WebhookEvent { client_key: wire.client_key, created_at, account_id, dedupe_key, news })
}

fn news(event: &str, content: Value) -> Result<WebhookNews> {
    Ok(match event {
        "authorization.removed" => {
            WebhookNews::AuthorizationRemoved { reason: removal(&numbers(content)?.reason) }
        }
        "video.upload.failed" => WebhookNews::ShareFailed { share_id: id(&numbers(content)?.share_id)? },
        "video.publish.completed" => {
            WebhookNews::ShareCompleted { share_id: id(&numbers(content)?.share_id)? }
        }
        "portability.download.ready" => {
            WebhookNews::DownloadReady { request_id: id(&numbers(content)?.request_id)? }
        }
        "post.publish.failed" => {
            let PostWire { publish_id, reason, publish_type, .. } = post(content)?;
            let reason = reason.unwrap_or_else(|| "unknown".to_owned());
            WebhookNews::PublishFailed { publish_id, reason, publish_type }
        }
        "post.publish.complete" => {
            let PostWire { publish_id, publish_type, .. } = post(content)?;
            WebhookNews::PublishComplete { publish_id, publish_type }
        }
        "post.publish.inbox_delivered" => {
            let PostWire { publish_id, publish_type, .. } = post(content)?;
            WebhookNews::InboxDelivered { publish_id, publish_type }
        }
        "post.publish.publicly_available" => {
            let PostWire { publish_id, publish_type, post_id, .. } = post(content)?;
            WebhookNews::PubliclyAvailable { publish_id, post_id: id(&post_id)?, publish_type }
        }
        // TikTok's spelling, and the right one, which its other platform uses (docs/tiktok-api.md, C10).
        "post.publish.no_longer_publicaly_available" | "post.publish.no_longer_publicly_available" => {
            let PostWire { publish_id, publish_type, post_id, .. } = post(content)?;
            WebhookNews::NoLongerPubliclyAvailable { publish_id, post_id: id(&post_id)?, publish_type }
        }
        name => WebhookNews::Unknown { name: name.to_owned() },
    })
}

fn post(content: Value) -> Result<PostWire> {
    serde_json::from_value(content)
        .ok()
        .filter(|post: &PostWire| !post.publish_id.is_empty())
        .ok_or_else(malformed)
}

fn numbers(content: Value) -> Result<NumbersWire> {
    serde_json::from_value(content).map_err(|_| malformed())
}

fn removal(reason: &Value) -> Removal {
    let number = reason.as_i64().or_else(|| reason.as_str().and_then(|text| text.trim().parse().ok()));
    match number {
        Some(1) => Removal::ByUser,
        Some(2) => Removal::AccountDeleted,
        Some(3) => Removal::AgeChanged,
        Some(4) => Removal::Banned,
        Some(5) => Removal::ByDeveloper,
        _ => Removal::Unknown,
    }
}

/// An id as text, without loss.
fn id(value: &Value) -> Result<String> {
    match value {
        Value::String(id) if !id.is_empty() => Ok(id.clone()),
        Value::Number(id) if id.is_u64() || id.is_i64() => Ok(id.to_string()),
        _ => Err(malformed()),
    }
}

/// A digest of what makes an event the same one; the parts cannot run into each other.
fn dedupe_key(parts: &[&str]) -> String {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update((part.len() as u64).to_le_bytes());
        digest.update(part.as_bytes());
    }
    digest.finalize()[..16].iter().fold(String::with_capacity(32), |mut text, byte| {
        text.push(char::from_digit(u32::from(byte >> 4), 16).unwrap_or('0'));
        text.push(char::from_digit(u32::from(byte & 15), 16).unwrap_or('0'));
        text
    })
}

/// Nothing of the body is quoted: it is foreign text.
fn malformed() -> Error {
    Error::new(
        ErrorKind::Unavailable,
        "TikTok signed a webhook that is not what its documentation describes; update toklink, or report it",
    )
    .with_owner(Owner::TikTok)
}
