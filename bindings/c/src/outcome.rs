//! What became of a publish.

use crate::text::{Text, toklink_str};
use crate::view::{self, maybe, texts};
use crate::{guard, handle};
use core_toklink::{Phase, PublishOutcome, PublishProgress, PublishStatus, StatusCode};

/// What a publish is doing. New numbers may come.
#[repr(u32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum toklink_publish_phase {
    /// Something that this version of the header has no name for.
    TOKLINK_PHASE_OTHER = 0,
    /// The file is judged.
    TOKLINK_PHASE_PROBING = 1,
    /// Bytes travel.
    TOKLINK_PHASE_SENDING = 2,
    /// TikTok works on the file.
    TOKLINK_PHASE_PROCESSING = 3,
    /// Posted; TikTok looks at it before it gives a public id.
    TOKLINK_PHASE_MODERATING = 4,
    /// Done.
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

/// TikTok's word for how far a publish is. New numbers may come.
#[repr(u32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum toklink_publish_state {
    /// Something that this version of the header has no name for.
    TOKLINK_PUBLISH_OTHER = 0,
    /// Bytes arrive or are being processed.
    TOKLINK_PUBLISH_PROCESSING_UPLOAD = 1,
    /// TikTok is fetching the file itself.
    TOKLINK_PUBLISH_PROCESSING_DOWNLOAD = 2,
    /// A draft lies in the creator's inbox.
    TOKLINK_PUBLISH_SEND_TO_USER_INBOX = 3,
    /// Posted; the public id of a public post can come later.
    TOKLINK_PUBLISH_COMPLETE = 4,
    /// Ended without a post.
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

/// TikTok's answer about a publish.
///
/// Thread safety: it never changes; any number of threads may read it, one frees it.
#[derive(Debug)]
pub struct toklink_publish_status {
    pub(crate) publish_id: Text,
    pub(crate) state: toklink_publish_state,
    pub(crate) fail_reason: Option<Text>,
    pub(crate) post_ids: Vec<Text>,
    pub(crate) uploaded_bytes: Option<u64>,
}

impl From<PublishStatus> for toklink_publish_status {
    fn from(from: PublishStatus) -> Self {
        Self {
            publish_id: Text::new(&from.publish_id),
            state: from.status.into(),
            fail_reason: maybe(from.fail_reason.as_deref()),
            post_ids: texts(&from.post_ids),
            uploaded_bytes: from.uploaded_bytes,
        }
    }
}

/// Frees it and every view of its texts. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_publish_status_free(status: *mut toklink_publish_status) {
    // SAFETY: the conventions of the header: ours, freed once.
    guard::value((), || unsafe { handle::take(status) });
}

/// TikTok's id of the publish. Lives as long as the publish status.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_publish_status_publish_id(
    status: *const toklink_publish_status,
) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { view::text(status, |held| Some(&held.publish_id)) }
}

/// How far it is.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_publish_status_state(
    status: *const toklink_publish_status,
) -> toklink_publish_state {
    // SAFETY: the conventions of the header.
    unsafe { view::field(status, toklink_publish_state::TOKLINK_PUBLISH_OTHER, |held| held.state) }
}

/// Why it failed, TikTok's word; empty when it has not. Lives as long as the publish status.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_publish_status_fail_reason(
    status: *const toklink_publish_status,
) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { view::text(status, |held| held.fail_reason.as_ref()) }
}

/// How many public posts came of it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_publish_status_post_id_count(
    status: *const toklink_publish_status,
) -> usize {
    // SAFETY: the conventions of the header.
    unsafe { view::field(status, 0, |held| held.post_ids.len()) }
}

/// The id of the public post at `index`, as text since it is above 2^53; empty beyond the last. Lives as long as
/// the publish status.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_publish_status_post_id_at(
    status: *const toklink_publish_status,
    index: usize,
) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { view::text(status, |held| held.post_ids.get(index)) }
}

/// Bytes that TikTok has of the upload. Returns whether it says, and writes only then.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_publish_status_uploaded_bytes(
    status: *const toklink_publish_status,
    out_value: *mut u64,
) -> bool {
    // SAFETY: the conventions of the header.
    unsafe { view::known(view::field(status, None, |held| held.uploaded_bytes), out_value) }
}

/// What became of a publish.
///
/// Thread safety: it never changes; any number of threads may read it, one frees it.
#[derive(Debug)]
pub struct toklink_publish_outcome {
    pub(crate) publish_id: Text,
    pub(crate) state: toklink_publish_state,
    pub(crate) phase: toklink_publish_phase,
    pub(crate) post_ids: Vec<Text>,
    pub(crate) share_url: Option<Text>,
    pub(crate) idempotency_key: Text,
    pub(crate) warnings: Vec<Text>,
    pub(crate) uploaded_bytes: Option<u64>,
}

impl From<PublishOutcome> for toklink_publish_outcome {
    fn from(from: PublishOutcome) -> Self {
        Self {
            publish_id: Text::new(&from.publish_id),
            state: from.status.into(),
            phase: from.phase.into(),
            post_ids: texts(&from.post_ids),
            share_url: maybe(from.share_url.as_deref()),
            idempotency_key: Text::new(&from.idempotency_key),
            warnings: texts(&from.warnings),
            uploaded_bytes: from.uploaded_bytes,
        }
    }
}

/// Frees it and every view of its texts. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_publish_outcome_free(outcome: *mut toklink_publish_outcome) {
    // SAFETY: the conventions of the header: ours, freed once.
    guard::value((), || unsafe { handle::take(outcome) });
}

/// TikTok's id of the publish. Lives as long as the publish outcome.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_publish_outcome_publish_id(
    outcome: *const toklink_publish_outcome,
) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { view::text(outcome, |held| Some(&held.publish_id)) }
}

/// TikTok's last word.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_publish_outcome_state(
    outcome: *const toklink_publish_outcome,
) -> toklink_publish_state {
    // SAFETY: the conventions of the header.
    unsafe { view::field(outcome, toklink_publish_state::TOKLINK_PUBLISH_OTHER, |held| held.state) }
}

/// `TOKLINK_PHASE_MODERATING` when it is posted and its public id is still to come.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_publish_outcome_phase(
    outcome: *const toklink_publish_outcome,
) -> toklink_publish_phase {
    // SAFETY: the conventions of the header.
    unsafe { view::field(outcome, toklink_publish_phase::TOKLINK_PHASE_OTHER, |held| held.phase) }
}

/// How many public posts came of it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_publish_outcome_post_id_count(
    outcome: *const toklink_publish_outcome,
) -> usize {
    // SAFETY: the conventions of the header.
    unsafe { view::field(outcome, 0, |held| held.post_ids.len()) }
}

/// The id of the public post at `index`, as text since it is above 2^53; empty beyond the last. Lives as long as
/// the publish outcome.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_publish_outcome_post_id_at(
    outcome: *const toklink_publish_outcome,
    index: usize,
) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { view::text(outcome, |held| held.post_ids.get(index)) }
}

/// The link to the post; empty unless its id and the creator's handle are known. Lives as long as the publish
/// outcome.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_publish_outcome_share_url(
    outcome: *const toklink_publish_outcome,
) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { view::text(outcome, |held| held.share_url.as_ref()) }
}

/// The key under which the same publish is found again. Lives as long as the publish outcome.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_publish_outcome_idempotency_key(
    outcome: *const toklink_publish_outcome,
) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { view::text(outcome, |held| Some(&held.idempotency_key)) }
}

/// How many warnings there are.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_publish_outcome_warning_count(
    outcome: *const toklink_publish_outcome,
) -> usize {
    // SAFETY: the conventions of the header.
    unsafe { view::field(outcome, 0, |held| held.warnings.len()) }
}

/// The warning at `index`, one sentence; empty beyond the last. Lives as long as the publish outcome.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_publish_outcome_warning_at(
    outcome: *const toklink_publish_outcome,
    index: usize,
) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { view::text(outcome, |held| held.warnings.get(index)) }
}

/// Bytes that TikTok has. Returns whether it says, and writes only then.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_publish_outcome_uploaded_bytes(
    outcome: *const toklink_publish_outcome,
    out_value: *mut u64,
) -> bool {
    // SAFETY: the conventions of the header.
    unsafe { view::known(view::field(outcome, None, |held| held.uploaded_bytes), out_value) }
}

/// One step forward. It lives as long as the call of the callback that it is given to.
///
/// Thread safety: use it within the callback only.
#[derive(Debug)]
pub struct toklink_publish_progress {
    pub(crate) phase: toklink_publish_phase,
    pub(crate) publish_id: Option<Text>,
    pub(crate) bytes_sent: u64,
    pub(crate) total_bytes: u64,
    pub(crate) bytes_per_second: u64,
    pub(crate) remaining_ms: Option<u64>,
}

impl From<PublishProgress> for toklink_publish_progress {
    fn from(from: PublishProgress) -> Self {
        Self {
            phase: from.phase.into(),
            publish_id: maybe(from.publish_id.as_deref()),
            bytes_sent: from.bytes_sent,
            total_bytes: from.total_bytes,
            bytes_per_second: from.bytes_per_second,
            remaining_ms: from.remaining_ms,
        }
    }
}

/// What is being done.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_publish_progress_phase(
    progress: *const toklink_publish_progress,
) -> toklink_publish_phase {
    // SAFETY: the conventions of the header.
    unsafe { view::field(progress, toklink_publish_phase::TOKLINK_PHASE_OTHER, |held| held.phase) }
}

/// TikTok's id of the publish; empty while it is unknown. Lives as long as the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_publish_progress_publish_id(
    progress: *const toklink_publish_progress,
) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { view::text(progress, |held| held.publish_id.as_ref()) }
}

/// Bytes handed to the network so far; goes back when a chunk must be repeated.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_publish_progress_bytes_sent(
    progress: *const toklink_publish_progress,
) -> u64 {
    // SAFETY: the conventions of the header.
    unsafe { view::field(progress, 0, |held| held.bytes_sent) }
}

/// Size of the file in bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_publish_progress_total_bytes(
    progress: *const toklink_publish_progress,
) -> u64 {
    // SAFETY: the conventions of the header.
    unsafe { view::field(progress, 0, |held| held.total_bytes) }
}

/// The mean rate of this run, in bytes a second.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_publish_progress_bytes_per_second(
    progress: *const toklink_publish_progress,
) -> u64 {
    // SAFETY: the conventions of the header.
    unsafe { view::field(progress, 0, |held| held.bytes_per_second) }
}

/// Estimated milliseconds until all bytes are sent. Returns whether there is an estimate, and writes only then.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_publish_progress_remaining_ms(
    progress: *const toklink_publish_progress,
    out_value: *mut u64,
) -> bool {
    // SAFETY: the conventions of the header.
    unsafe { view::known(view::field(progress, None, |held| held.remaining_ms), out_value) }
}
