//! `/v2/post/publish/status/fetch/` and `/v2/post/publish/cancel/` (docs/tiktok-api.md 5.8, 5.9).

use crate::api::call::{ApiRequest, Call, id_text, lenient_option, read};
use crate::api::endpoint::Endpoint;
use crate::error::{Dispatch, Error, ErrorKind, Owner, Result};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Status of a publish as TikTok reports it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[non_exhaustive]
pub enum StatusCode {
    /// TikTok is receiving or processing the uploaded bytes.
    ProcessingUpload,
    /// TikTok is fetching the file itself.
    ProcessingDownload,
    /// The draft is in the creator's inbox.
    SendToUserInbox,
    /// The post exists. TikTok may report the public id of a public post later.
    PublishComplete,
    /// The publish ended without a post.
    Failed,
}

/// Status of a publish.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PublishStatus {
    /// The publish id.
    pub publish_id: String,
    /// The status.
    pub status: StatusCode,
    /// TikTok's reason for a failure.
    pub fail_reason: Option<String>,
    /// Ids of public posts, which TikTok returns after moderation. They are strings because they exceed 2^53.
    pub post_ids: Vec<String>,
    /// Number of bytes of the upload that TikTok has received.
    pub uploaded_bytes: Option<u64>,
}

impl PublishStatus {
    /// Returns the error for a failed publish; `None` when it has not failed.
    #[must_use]
    pub fn failure(&self) -> Option<Error> {
        if self.status != StatusCode::Failed {
            return None;
        }
        let reason = self.fail_reason.as_deref().unwrap_or("unknown");
        let (kind, owner, advice) = fail_reason(reason);
        let (what, advice) = match (Media::of(&self.publish_id), photo_rule(reason)) {
            (Media::Video, _) => ("the video", advice.to_owned()),
            (Media::Photos, of_photos) => ("the photos", of_photos.unwrap_or(advice).to_owned()),
            (Media::Unknown, Some(of_photos)) => ("the post", format!("{advice}; for photos: {of_photos}")),
            (Media::Unknown, None) => ("the post", advice.to_owned()),
        };
        Some(
            Error::new(kind, format!("TikTok did not publish {what}: {advice}"))
                .with_owner(owner)
                .with_dispatch(Dispatch::Answered)
                .with_fail_reason(reason)
                .with_publish_id(&self.publish_id),
        )
    }
}

/// The kind of media of a publish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Media {
    Video,
    Photos,
    Unknown,
}

impl Media {
    /// Derives the kind of media from the first letter of a publish id. TikTok only documents this letter in examples
    /// (docs/tiktok-api.md 0.5).
    fn of(publish_id: &str) -> Self {
        match publish_id.get(..2) {
            Some("v_") => Self::Video,
            Some("p_") => Self::Photos,
            _ => Self::Unknown,
        }
    }
}

/// Returns the rule for photos that `reason` refers to, for reasons that have other rules for videos
/// (docs/tiktok-api.md 5.10).
fn photo_rule(reason: &str) -> Option<&'static str> {
    let advice = match reason {
        "file_format_check_failed" => "a photo is not a JPEG or WebP file of at most 20 MB; export it as one",
        "picture_size_check_failed" => {
            "a photo is larger than 1080x1920 pixels (1920x1080 in landscape) or 20 MB; resize it"
        }
        _ => return None,
    };
    Some(advice)
}

/// Returns the error kind, the owner and the explanation for each documented reason (docs/tiktok-api.md 5.8).
fn fail_reason(reason: &str) -> (ErrorKind, Owner, &'static str) {
    use ErrorKind::{Cancelled, PermissionDenied, QuotaExhausted, Rejected, Unauthorized, Unavailable};
    match reason {
        "file_format_check_failed" => {
            (Rejected, Owner::User, "its container or codec is not supported; export it as MP4 (H.264)")
        }
        "duration_check_failed" => (Rejected, Owner::User, "its duration is too short or too long; trim it"),
        "frame_rate_check_failed" => {
            (Rejected, Owner::User, "its frame rate is outside 23 to 60 fps; export it at 30 fps")
        }
        "picture_size_check_failed" => {
            (Rejected, Owner::User, "its width or height is outside 360 to 4096 pixels; resize it")
        }
        "video_pull_failed" | "photo_pull_failed" => {
            (Rejected, Owner::App, "TikTok could not fetch the file; check that its URL is public")
        }
        "publish_cancelled" => (Cancelled, Owner::User, "it was cancelled"),
        "auth_removed" => (
            Unauthorized,
            Owner::User,
            "the user revoked access during the publish; connect the account again",
        ),
        "spam_risk_too_many_posts" => {
            (QuotaExhausted, Owner::User, "the creator's daily post limit is reached; try again tomorrow")
        }
        "spam_risk_user_banned_from_posting" => {
            (PermissionDenied, Owner::User, "TikTok has banned the creator from posting")
        }
        "spam_risk_text" => (Rejected, Owner::User, "TikTok classified the caption as spam; change it"),
        "spam_risk" => (Rejected, Owner::User, "TikTok classified the post as spam"),
        _ => (Unavailable, Owner::TikTok, "TikTok had an internal error; publish it again later"),
    }
}

/// Queries the status of a publish.
#[derive(Debug, Clone)]
pub struct FetchStatus {
    publish_id: String,
}

/// Asks TikTok to stop a publish. TikTok may not comply, and a finished post is never deleted.
#[derive(Debug, Clone)]
pub struct CancelPublish {
    publish_id: String,
}

fn checked(publish_id: &str) -> Result<String> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'~' | b'.');
    if publish_id.is_empty() || publish_id.len() > 64 || !publish_id.bytes().all(plain) {
        return Err(Error::invalid("invalid publish id; use the one that the publish returned")
            .with_owner(Owner::User));
    }
    Ok(publish_id.to_owned())
}

impl FetchStatus {
    /// Creates a query for the status of the publish `publish_id`.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] when `publish_id` is not a valid publish id.
    pub fn new(publish_id: &str) -> Result<Self> {
        Ok(Self { publish_id: checked(publish_id)? })
    }
}

impl CancelPublish {
    /// Creates a request to cancel the publish `publish_id`.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] when `publish_id` is not a valid publish id.
    pub fn new(publish_id: &str) -> Result<Self> {
        Ok(Self { publish_id: checked(publish_id)? })
    }
}

#[derive(Deserialize)]
struct StatusWire {
    status: String,
    fail_reason: Option<String>,
    // Accepts TikTok's misspelt name, and the correct one in case TikTok fixes it.
    #[serde(alias = "publicly_available_post_id")]
    publicaly_available_post_id: Option<Value>,
    #[serde(default, deserialize_with = "lenient_option")]
    uploaded_bytes: Option<i64>,
}

impl Call for FetchStatus {
    type Output = PublishStatus;

    fn request(&self) -> ApiRequest {
        let body = json!({ "publish_id": self.publish_id });
        ApiRequest { endpoint: Endpoint::PublishStatus, fields: "", body: Some(body) }
    }

    fn parse(&self, data: Value) -> Result<PublishStatus> {
        let wire: StatusWire = read(data)?;
        let status = match wire.status.as_str() {
            "PROCESSING_UPLOAD" => StatusCode::ProcessingUpload,
            "PROCESSING_DOWNLOAD" => StatusCode::ProcessingDownload,
            "SEND_TO_USER_INBOX" => StatusCode::SendToUserInbox,
            "PUBLISH_COMPLETE" => StatusCode::PublishComplete,
            "FAILED" => StatusCode::Failed,
            _ => {
                return Err(Error::new(
                    ErrorKind::Unavailable,
                    "TikTok returned an unknown publish status; update toklink",
                )
                .with_dispatch(Dispatch::Answered)
                .with_publish_id(&self.publish_id));
            }
        };
        let post_ids = match &wire.publicaly_available_post_id {
            Some(Value::Array(ids)) => ids.iter().filter_map(id_text).collect(),
            Some(single) => id_text(single).into_iter().collect(),
            None => Vec::new(),
        };
        Ok(PublishStatus {
            publish_id: self.publish_id.clone(),
            status,
            fail_reason: wire.fail_reason.filter(|reason| !reason.is_empty()),
            post_ids,
            uploaded_bytes: wire.uploaded_bytes.and_then(|bytes| u64::try_from(bytes).ok()),
        })
    }
}

impl Call for CancelPublish {
    type Output = ();

    fn request(&self) -> ApiRequest {
        let body = json!({ "publish_id": self.publish_id });
        ApiRequest { endpoint: Endpoint::PublishCancel, fields: "", body: Some(body) }
    }

    fn parse(&self, _data: Value) -> Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(data: Value) -> Result<PublishStatus> {
        FetchStatus::new("v_pub_file~v2-1.7590546813319276721").unwrap().parse(data)
    }

    #[test]
    fn post_ids_are_parsed_as_text_or_number_in_both_spellings() {
        let id = 7_590_547_243_062_919_890_u64;
        for (ids, expected) in [
            (json!({"publicaly_available_post_id": [id]}), 1),
            (json!({"publicaly_available_post_id": [id.to_string()]}), 1),
            (json!({"publicly_available_post_id": [id]}), 1),
            (json!({"publicaly_available_post_id": id}), 1),
            (json!({"publicaly_available_post_id": []}), 0),
            (json!({"publicaly_available_post_id": null}), 0),
            (json!({}), 0),
        ] {
            let mut data = ids.clone();
            data["status"] = json!("PUBLISH_COMPLETE");
            let status = parse(data).unwrap();
            assert_eq!(status.post_ids.len(), expected, "{ids}");
            assert!(status.post_ids.iter().all(|got| *got == id.to_string()));
        }
    }

    #[test]
    fn every_documented_reason_becomes_a_typed_error() {
        for (reason, kind) in [
            ("file_format_check_failed", ErrorKind::Rejected),
            ("auth_removed", ErrorKind::Unauthorized),
            ("picture_size_check_failed", ErrorKind::Rejected),
            ("photo_pull_failed", ErrorKind::Rejected),
            ("spam_risk_too_many_posts", ErrorKind::QuotaExhausted),
            ("spam_risk_user_banned_from_posting", ErrorKind::PermissionDenied),
            ("publish_cancelled", ErrorKind::Cancelled),
            ("internal", ErrorKind::Unavailable),
        ] {
            let status = parse(json!({"status": "FAILED", "fail_reason": reason})).unwrap();
            let error = status.failure().unwrap();
            assert_eq!((error.kind(), error.fail_reason()), (kind, Some(reason)));
        }
        assert!(parse(json!({"status": "PUBLISH_COMPLETE"})).unwrap().failure().is_none());
    }

    #[test]
    fn failed_photo_post_reports_the_photo_rules() {
        let failed = |publish_id: &str, reason: &str| {
            let data = json!({"status": "FAILED", "fail_reason": reason});
            FetchStatus::new(publish_id).unwrap().parse(data).unwrap().failure().unwrap().message().to_owned()
        };
        let video_only = ["360", "4096", "MP4", "H.264", "the video"];
        for reason in ["picture_size_check_failed", "file_format_check_failed"] {
            let photos = failed("p_pub_url~v2.7590546813319276721", reason);
            assert!(
                photos.starts_with("TikTok did not publish the photos: ") && photos.contains("20 MB"),
                "{photos}"
            );
            assert!(!video_only.iter().any(|word| photos.contains(word)), "{photos}");
            let video = failed("v_pub_file~v2-1.7590546813319276721", reason);
            assert!(
                video.starts_with("TikTok did not publish the video: ") && !video.contains("photo"),
                "{video}"
            );
            let unknown = failed("7590546813319276721", reason);
            assert!(
                unknown.contains("photo") && unknown.contains(video.split(": ").nth(1).unwrap()),
                "{unknown}"
            );
        }
        assert!(failed("p_pub_url~v2.7", "picture_size_check_failed").contains("1080x1920"));
        assert!(failed("p_pub_url~v2.7", "file_format_check_failed").contains("JPEG or WebP"));
        assert!(
            failed("p_pub_url~v2.7", "photo_pull_failed").starts_with("TikTok did not publish the photos: ")
        );
    }

    #[test]
    fn unknown_status_counts_as_neither_success_nor_failure() {
        let error = parse(json!({"status": "IN_ORBIT"})).unwrap_err();
        assert_eq!((error.kind(), error.is_safe_to_repeat()), (ErrorKind::Unavailable, false));
        assert!(error.message().contains("update toklink") && error.publish_id().is_some(), "{error:?}");
    }

    #[test]
    fn mistyped_publish_id_is_a_user_error() {
        let error = FetchStatus::new("v_pub file").unwrap_err();
        assert_eq!((error.kind(), error.owner()), (ErrorKind::InvalidInput, Owner::User));
    }

    #[test]
    fn invalid_publish_id_is_not_sent() {
        for bad in ["", "a b", "x/../y", "p\n", &"x".repeat(65)] {
            assert!(FetchStatus::new(bad).is_err(), "{bad:?}");
        }
    }
}
