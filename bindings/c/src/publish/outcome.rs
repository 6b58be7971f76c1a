//! The outcome and the progress of a publish.

use crate::ffi::error::toklink_error;
use crate::ffi::guard;
use crate::ffi::result::{self, Parts, View};
use crate::runtime::operations::toklink_op;
use core_toklink::{Phase, PublishOutcome, PublishProgress, PublishStatus, StatusCode};
use std::ffi::{c_char, c_void};

/// The current activity of a publish. Later versions add numbers.
#[repr(u32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum toklink_publish_phase {
    /// A value that this header version does not define.
    TOKLINK_PHASE_OTHER = 0,
    /// The library checks the file.
    TOKLINK_PHASE_PROBING = 1,
    /// The library sends bytes.
    TOKLINK_PHASE_SENDING = 2,
    /// TikTok processes the file.
    TOKLINK_PHASE_PROCESSING = 3,
    /// TikTok accepted the post and moderates it before it assigns a public id.
    TOKLINK_PHASE_MODERATING = 4,
    /// The post is published, or the draft is in the creator's inbox.
    TOKLINK_PHASE_PUBLISHED = 5,
}

impl From<Phase> for toklink_publish_phase {
    fn from(from: Phase) -> Self {
        match from {
            Phase::Probing => Self::TOKLINK_PHASE_PROBING,
            Phase::Sending => Self::TOKLINK_PHASE_SENDING,
            Phase::Processing => Self::TOKLINK_PHASE_PROCESSING,
            Phase::Moderating => Self::TOKLINK_PHASE_MODERATING,
            Phase::Published => Self::TOKLINK_PHASE_PUBLISHED,
        }
    }
}

/// TikTok's status of a publish. Later versions add numbers.
#[repr(u32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum toklink_publish_state {
    /// A value that this header version does not define.
    TOKLINK_PUBLISH_OTHER = 0,
    /// TikTok receives or processes the bytes.
    TOKLINK_PUBLISH_PROCESSING_UPLOAD = 1,
    /// TikTok fetches the file itself.
    TOKLINK_PUBLISH_PROCESSING_DOWNLOAD = 2,
    /// The draft is in the creator's inbox.
    TOKLINK_PUBLISH_SEND_TO_USER_INBOX = 3,
    /// Posted. The id of a public post may become known later.
    TOKLINK_PUBLISH_COMPLETE = 4,
    /// Failed; there is no post.
    TOKLINK_PUBLISH_FAILED = 5,
}

impl From<StatusCode> for toklink_publish_state {
    fn from(from: StatusCode) -> Self {
        match from {
            StatusCode::ProcessingUpload => Self::TOKLINK_PUBLISH_PROCESSING_UPLOAD,
            StatusCode::ProcessingDownload => Self::TOKLINK_PUBLISH_PROCESSING_DOWNLOAD,
            StatusCode::SendToUserInbox => Self::TOKLINK_PUBLISH_SEND_TO_USER_INBOX,
            StatusCode::PublishComplete => Self::TOKLINK_PUBLISH_COMPLETE,
            StatusCode::Failed => Self::TOKLINK_PUBLISH_FAILED,
            _ => Self::TOKLINK_PUBLISH_OTHER,
        }
    }
}

/// The outcome or the status of a publish.
///
/// Threads: immutable; any number of threads may read it.
#[repr(C)]
#[derive(Debug)]
pub struct toklink_publish {
    /// TikTok's id of the publish.
    pub publish_id: *const c_char,
    /// The idempotency key; empty in the result of `toklink_publish_status`.
    pub idempotency_key: *const c_char,
    /// TikTok's status.
    pub state: toklink_publish_state,
    /// The activity. `TOKLINK_PHASE_MODERATING` means that it is posted and has no public id yet.
    pub phase: toklink_publish_phase,
    /// TikTok's reason for a failure; empty otherwise.
    pub fail_reason: *const c_char,
    /// The link to the post; empty until its id and the creator's handle are known, and for a post that is not public.
    pub share_url: *const c_char,
    /// The ids of the public posts, as text because they can exceed 2^53.
    pub post_ids: *const *const c_char,
    /// Number of `post_ids`.
    pub post_id_count: usize,
    /// One sentence for each setting that TikTok ignores for this post.
    pub warnings: *const *const c_char,
    /// Number of `warnings`.
    pub warning_count: usize,
    /// Number of bytes that TikTok has received; -1 if unknown.
    pub uploaded_bytes: i64,
}

fn known(bytes: Option<u64>) -> i64 {
    bytes.map_or(-1, |bytes| i64::try_from(bytes).unwrap_or(i64::MAX))
}

impl View<PublishOutcome> for toklink_publish {
    fn of(outcome: &PublishOutcome, parts: &mut Parts) -> Self {
        let (post_ids, post_id_count) = parts.texts(&outcome.post_ids);
        let (warnings, warning_count) = parts.texts(&outcome.warnings);
        Self {
            publish_id: parts.text(&outcome.publish_id),
            idempotency_key: parts.text(&outcome.idempotency_key),
            state: outcome.status.into(),
            phase: outcome.phase.into(),
            fail_reason: parts.maybe(outcome.fail_reason.as_deref()),
            share_url: parts.maybe(outcome.share_url.as_deref()),
            post_ids,
            post_id_count,
            warnings,
            warning_count,
            uploaded_bytes: known(outcome.uploaded_bytes),
        }
    }
}

impl View<PublishStatus> for toklink_publish {
    fn of(status: &PublishStatus, parts: &mut Parts) -> Self {
        let (post_ids, post_id_count) = parts.texts(&status.post_ids);
        let (warnings, warning_count) = parts.texts(&[]);
        Self {
            publish_id: parts.text(&status.publish_id),
            idempotency_key: parts.text(""),
            state: status.status.into(),
            phase: match status.status {
                StatusCode::ProcessingUpload | StatusCode::ProcessingDownload => {
                    toklink_publish_phase::TOKLINK_PHASE_PROCESSING
                }
                StatusCode::PublishComplete if status.post_ids.is_empty() => {
                    toklink_publish_phase::TOKLINK_PHASE_MODERATING
                }
                StatusCode::PublishComplete => toklink_publish_phase::TOKLINK_PHASE_PUBLISHED,
                _ => toklink_publish_phase::TOKLINK_PHASE_OTHER,
            },
            fail_reason: parts.maybe(status.fail_reason.as_deref()),
            share_url: parts.text(""),
            post_ids,
            post_id_count,
            warnings,
            warning_count,
            uploaded_bytes: known(status.uploaded_bytes),
        }
    }
}

/// Receives the result of a publish operation. `publish` is NULL on failure and `error` is NULL on success; both are
/// valid until the callback returns.
pub type toklink_publish_done = Option<
    unsafe extern "C" fn(
        user_data: *mut c_void,
        operation: toklink_op,
        publish: *const toklink_publish,
        error: *const toklink_error,
    ),
>;

/// Frees a publish. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_publish_free(publish: *const toklink_publish) {
    // SAFETY: the header requires valid arguments.
    guard::value((), || unsafe { result::free(publish) });
}

/// Size of the publish id in `toklink_progress`, including its NUL.
const ID_BYTES: usize = 128;

/// The progress of a publish. A plain value that may be copied.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct toklink_progress {
    /// The activity.
    pub phase: toklink_publish_phase,
    /// Number of bytes sent; decreases when a chunk is sent again.
    pub bytes_sent: i64,
    /// Number of bytes of the video; 0 for photos.
    pub total_bytes: i64,
    /// Mean upload rate of this call in bytes per second.
    pub bytes_per_second: i64,
    /// Estimated milliseconds until all bytes are sent; -1 if unknown.
    pub remaining_ms: i64,
    /// TikTok's id of the publish, NUL-terminated; empty while it is unknown.
    pub publish_id: [c_char; 128],
}

impl From<PublishProgress> for toklink_progress {
    fn from(from: PublishProgress) -> Self {
        let mut publish_id = [0; ID_BYTES];
        let id = from.publish_id.unwrap_or_default();
        for (place, byte) in publish_id.iter_mut().take(ID_BYTES - 1).zip(id.bytes()) {
            *place = c_char::from_ne_bytes([byte]);
        }
        Self {
            phase: from.phase.into(),
            bytes_sent: known(Some(from.bytes_sent)),
            total_bytes: known(Some(from.total_bytes)),
            bytes_per_second: known(Some(from.bytes_per_second)),
            remaining_ms: known(from.remaining_ms),
            publish_id,
        }
    }
}
