//! The typed content of a webhook. Ids are kept as text, because they exceed 2^53 and TikTok writes them as numbers or
//! strings (docs/tiktok-api.md 6, C12).

use crate::clock::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// A verified webhook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WebhookEvent {
    /// The client key of the app to which the webhook belongs.
    pub client_key: String,
    /// Time of the event in whole seconds. If TikTok sends no valid time, the time of arrival.
    pub created_at: Timestamp,
    /// The user (`open_id`) of the event; `None` when the event has no user.
    pub account_id: Option<String>,
    /// A key that is the same for every delivery of one event. TikTok delivers an event at least once, for up to
    /// 72 hours.
    pub dedupe_key: String,
    /// The event.
    #[serde(flatten)]
    pub update: WebhookUpdate,
}

/// The event of a webhook. In JSON, the field `event` contains the name of the event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all_fields = "camelCase")]
#[non_exhaustive]
pub enum WebhookUpdate {
    /// The user's access was revoked; the token is already invalid.
    #[serde(rename = "authorization.removed")]
    AuthorizationRemoved {
        /// The reason for the revocation.
        reason: Removal,
    },
    /// A publish ended without a post.
    #[serde(rename = "post.publish.failed")]
    PublishFailed {
        /// TikTok's publish id.
        publish_id: String,
        /// TikTok's reason, one of the fail reasons of docs/tiktok-api.md 5.8.
        reason: String,
        /// The kind of the publish.
        publish_type: PublishKind,
    },
    /// TikTok has processed the upload, or the creator has posted the draft. The post is not public yet.
    #[serde(rename = "post.publish.complete")]
    PublishComplete {
        /// TikTok's publish id.
        publish_id: String,
        /// The kind of the publish.
        publish_type: PublishKind,
    },
    /// A draft is in the creator's inbox.
    #[serde(rename = "post.publish.inbox_delivered")]
    InboxDelivered {
        /// TikTok's publish id.
        publish_id: String,
        /// The kind of the publish.
        publish_type: PublishKind,
    },
    /// Everyone can see the post.
    #[serde(rename = "post.publish.publicly_available")]
    PubliclyAvailable {
        /// TikTok's publish id.
        publish_id: String,
        /// The post id.
        post_id: String,
        /// The kind of the publish.
        publish_type: PublishKind,
    },
    /// The post is no longer visible to everyone.
    #[serde(rename = "post.publish.no_longer_publicly_available")]
    NoLongerPubliclyAvailable {
        /// TikTok's publish id.
        publish_id: String,
        /// The post id.
        post_id: String,
        /// The kind of the publish.
        publish_type: PublishKind,
    },
    /// An upload with the old Share Video Kit failed.
    #[serde(rename = "video.upload.failed")]
    ShareFailed {
        /// The share id from the Share Video Kit.
        share_id: String,
    },
    /// A video uploaded with the old Share Video Kit was posted.
    #[serde(rename = "video.publish.completed")]
    ShareCompleted {
        /// The share id from the Share Video Kit.
        share_id: String,
    },
    /// An export of a user's data is ready for download.
    #[serde(rename = "portability.download.ready")]
    DownloadReady {
        /// The id of the export.
        request_id: String,
    },
    /// An event that this version does not support, or an event without the documented fields, such as the test event
    /// in TikTok's portal. Its signature is valid: respond with status 200; otherwise, TikTok sends it again for
    /// 72 hours.
    #[serde(rename = "unknown")]
    Unknown {
        /// TikTok's name of the event; empty when it has none.
        name: String,
    },
}

/// The reason why access was revoked (docs/tiktok-api.md 6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Removal {
    /// TikTok sent no reason, or one that this version does not support.
    Unknown,
    /// The user removed the app.
    ByUser,
    /// The user deleted the account.
    AccountDeleted,
    /// The user's age was corrected.
    AgeChanged,
    /// The user was banned.
    Banned,
    /// The app itself revoked access.
    ByDeveloper,
}

/// The kind of a publish: posted directly, or sent as a draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[non_exhaustive]
pub enum PublishKind {
    /// Posted directly. TikTok also sends `DIRECT_POST` for it (docs/tiktok-api.md, C11).
    DirectPublish,
    /// Sent to the creator's inbox as a draft.
    InboxShare,
    /// TikTok sent no type, or one that this version does not support.
    Unknown,
}

impl<'de> Deserialize<'de> for PublishKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::read(&Value::deserialize(deserializer)?))
    }
}

impl PublishKind {
    fn read(value: &Value) -> Self {
        match value.as_str() {
            Some("DIRECT_PUBLISH" | "DIRECT_POST") => Self::DirectPublish,
            Some("INBOX_SHARE") => Self::InboxShare,
            _ => Self::Unknown,
        }
    }
}

impl WebhookUpdate {
    /// Returns the publish id in the event.
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

/// The fields of a signed body. A field is `None` when it is missing or has an undocumented type.
pub(super) struct Body {
    /// The client key of the app that the body names.
    pub(super) client_key: Option<String>,
    name: String,
    created_at: Option<Timestamp>,
    account_id: Option<String>,
    content: Value,
    dedupe_key: String,
}

/// Parses a body with a valid signature.
///
/// TikTok resends a webhook for 72 hours until it receives status 200. Therefore, a body that differs from the
/// documentation is still used, as long as it is unambiguous.
pub(super) fn read(body: &[u8]) -> Body {
    let wire = match serde_json::from_slice(body) {
        Ok(Value::Object(fields)) => fields,
        _ => serde_json::Map::new(),
    };
    let field = |name: &str| wire.get(name).unwrap_or(&Value::Null);
    let text = |name: &str| text(field(name));
    let dedupe_key = if wire.is_empty() {
        dedupe_key(&[&String::from_utf8_lossy(body)])
    } else {
        let raw = |name| raw_text(field(name));
        let [key, event, time, user, content] =
            ["client_key", "event", "create_time", "user_openid", "content"].map(raw);
        dedupe_key(&[&key, &event, &time, &user, &content])
    };
    Body {
        client_key: text("client_key").map(str::to_owned),
        name: text("event").unwrap_or_default().to_owned(),
        created_at: time(field("create_time")),
        account_id: text("user_openid").map(str::to_owned),
        content: content(field("content")),
        dedupe_key,
    }
}

impl Body {
    /// Returns the typed event. A body that this version cannot interpret with certainty becomes
    /// [`WebhookUpdate::Unknown`], which changes nothing.
    pub(super) fn into_event(self, client_key: &str, now: Timestamp) -> WebhookEvent {
        let known = if self.client_key.is_some() { self.update() } else { None };
        WebhookEvent {
            client_key: client_key.to_owned(),
            created_at: self.created_at.unwrap_or(now),
            account_id: self.account_id,
            dedupe_key: self.dedupe_key,
            update: known.unwrap_or(WebhookUpdate::Unknown { name: self.name }),
        }
    }

    fn update(&self) -> Option<WebhookUpdate> {
        let field = |name: &str| self.content.get(name).unwrap_or(&Value::Null);
        let publish_id = || id(field("publish_id"));
        let publish_type = PublishKind::read(field("publish_type"));
        Some(match self.name.as_str() {
            // Without its time, a late duplicate would end a connection that the user made after the event.
            "authorization.removed" if self.created_at.is_some() => {
                WebhookUpdate::AuthorizationRemoved { reason: removal(field("reason")) }
            }
            "video.upload.failed" => WebhookUpdate::ShareFailed { share_id: id(field("share_id"))? },
            "video.publish.completed" => WebhookUpdate::ShareCompleted { share_id: id(field("share_id"))? },
            "portability.download.ready" => {
                WebhookUpdate::DownloadReady { request_id: id(field("request_id"))? }
            }
            "post.publish.failed" => {
                let reason = text(field("reason")).unwrap_or("unknown").to_owned();
                WebhookUpdate::PublishFailed { publish_id: publish_id()?, reason, publish_type }
            }
            "post.publish.complete" => {
                WebhookUpdate::PublishComplete { publish_id: publish_id()?, publish_type }
            }
            "post.publish.inbox_delivered" => {
                WebhookUpdate::InboxDelivered { publish_id: publish_id()?, publish_type }
            }
            "post.publish.publicly_available" => {
                let post_id = id(field("post_id"))?;
                WebhookUpdate::PubliclyAvailable { publish_id: publish_id()?, post_id, publish_type }
            }
            // TikTok's misspelling, and the correct spelling, which TikTok's other platform uses (docs/tiktok-api.md,
            // C10).
            "post.publish.no_longer_publicaly_available" | "post.publish.no_longer_publicly_available" => {
                let post_id = id(field("post_id"))?;
                WebhookUpdate::NoLongerPubliclyAvailable { publish_id: publish_id()?, post_id, publish_type }
            }
            _ => return None,
        })
    }
}

/// Parses JSON inside a string, as documented. TikTok was never observed to send an object instead, but its meaning is
/// clear too.
fn content(value: &Value) -> Value {
    match value.as_str() {
        Some(text) => serde_json::from_str(text).unwrap_or_default(),
        None => value.clone(),
    }
}

/// Parses whole seconds. A time outside the calendar is rejected: it cannot be written as JSON, and would be later than
/// every connection.
fn time(value: &Value) -> Option<Timestamp> {
    let seconds = value.as_i64().or_else(|| value.as_str()?.parse().ok())?;
    let at = Timestamp::from_secs(seconds);
    (Timestamp::from_iso8601(&at.to_iso8601()) == Some(at)).then_some(at)
}

fn raw_text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
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

/// Returns a non-empty text that every store accepts. PostgreSQL rejects a NUL character, and TikTok would then resend
/// the webhook for 72 hours.
fn text(value: &Value) -> Option<&str> {
    value.as_str().filter(|text| !text.is_empty() && !text.contains('\0'))
}

/// Returns an id as text, without losing digits.
fn id(value: &Value) -> Option<String> {
    match value {
        Value::String(_) => text(value).map(str::to_owned),
        Value::Number(id) if id.is_u64() || id.is_i64() => Some(id.to_string()),
        _ => None,
    }
}

/// Returns a digest that is the same for all deliveries of one event. The parts are delimited, so that different events
/// never have the same input.
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
