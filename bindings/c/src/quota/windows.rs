//! Quota windows.

use crate::ffi::guard;
use crate::ffi::result::{self, Parts, View};
use core_toklink::{Error, QuotaKind, QuotaWarning, QuotaWindow, Result};
use std::time::Duration;

/// The requests that a window counts. Later versions add numbers.
#[repr(u32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum toklink_quota_kind {
    /// Requests that this header version does not define.
    TOKLINK_QUOTA_OTHER = 0,
    /// Reads of the profile.
    TOKLINK_QUOTA_USER_INFO = 1,
    /// Pages of the list of videos.
    TOKLINK_QUOTA_VIDEO_LIST = 2,
    /// Queries of videos by id.
    TOKLINK_QUOTA_VIDEO_QUERY = 3,
    /// Reads of the creator's posting options.
    TOKLINK_QUOTA_CREATOR_INFO = 4,
    /// Starts of direct posts, drafts and photo posts: the three share one window.
    TOKLINK_QUOTA_PUBLISH_INIT = 5,
    /// Reads of the status of a post.
    TOKLINK_QUOTA_PUBLISH_STATUS = 6,
    /// Videos, photo posts and drafts sent to TikTok.
    TOKLINK_QUOTA_VIDEO_UPLOAD = 7,
}

impl toklink_quota_kind {
    pub(crate) fn of(kind: QuotaKind) -> Self {
        match kind {
            QuotaKind::UserInfo => Self::TOKLINK_QUOTA_USER_INFO,
            QuotaKind::VideoList => Self::TOKLINK_QUOTA_VIDEO_LIST,
            QuotaKind::VideoQuery => Self::TOKLINK_QUOTA_VIDEO_QUERY,
            QuotaKind::CreatorInfo => Self::TOKLINK_QUOTA_CREATOR_INFO,
            QuotaKind::PublishInit => Self::TOKLINK_QUOTA_PUBLISH_INIT,
            QuotaKind::PublishStatus => Self::TOKLINK_QUOTA_PUBLISH_STATUS,
            QuotaKind::VideoUpload => Self::TOKLINK_QUOTA_VIDEO_UPLOAD,
            _ => Self::TOKLINK_QUOTA_OTHER,
        }
    }
}

/// Returns the kind for a number that the host passed.
pub(crate) fn kind_of(number: u32) -> Result<QuotaKind> {
    let found = QuotaKind::ALL.into_iter().find(|kind| toklink_quota_kind::of(*kind) as u32 == number);
    found.ok_or_else(|| {
        Error::invalid(format!("{number} is not a toklink_quota_kind; pass one of its values"))
    })
}

/// A quota window: at most `limit` requests of a kind in any `window_ms` milliseconds.
#[repr(C)]
#[derive(Debug)]
pub struct toklink_quota_window {
    /// The requests that the window counts.
    pub kind: toklink_quota_kind,
    /// The length of the window in milliseconds.
    pub window_ms: u64,
    /// Maximum number of requests in the window.
    pub limit: u32,
    /// Number of requests in the window, including those in flight.
    pub used: u32,
    /// Number of requests that are allowed now.
    pub remaining: u32,
    /// The threshold of a warning in percent, 80 or 95; 0 otherwise.
    pub percent: u32,
    /// Milliseconds until the oldest request leaves the window; 0 if it is empty.
    pub resets_in_ms: u64,
    /// Time at which the oldest request leaves the window, in milliseconds since 1970 (UTC); 0 if unknown.
    pub reset_at_ms: i64,
}

impl View<QuotaWindow> for toklink_quota_window {
    fn of(window: &QuotaWindow, _parts: &mut Parts) -> Self {
        Self {
            kind: toklink_quota_kind::of(window.kind),
            window_ms: window.window_ms,
            limit: window.limit,
            used: window.count,
            remaining: window.remaining,
            percent: 0,
            resets_in_ms: millis(window.resets_in),
            reset_at_ms: window.reset_at.as_millis(),
        }
    }
}

impl View<QuotaWarning> for toklink_quota_window {
    fn of(warning: &QuotaWarning, _parts: &mut Parts) -> Self {
        Self {
            kind: toklink_quota_kind::of(warning.kind),
            window_ms: warning.window_ms,
            limit: warning.limit,
            used: warning.count,
            remaining: warning.limit.saturating_sub(warning.count),
            percent: u32::from(warning.percent),
            resets_in_ms: 0,
            reset_at_ms: 0,
        }
    }
}

/// All windows of one account.
///
/// Threads: immutable; any number of threads may read it.
#[repr(C)]
#[derive(Debug)]
pub struct toklink_quota {
    /// The windows.
    pub items: *const *const toklink_quota_window,
    /// Number of `items`.
    pub count: usize,
}

impl View<Vec<QuotaWindow>> for toklink_quota {
    fn of(windows: &Vec<QuotaWindow>, parts: &mut Parts) -> Self {
        let (items, count) = parts.children(windows);
        Self { items, count }
    }
}

/// Frees the windows of an account. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_quota_free(quota: *const toklink_quota) {
    // SAFETY: the header requires valid arguments.
    guard::value((), || unsafe { result::free(quota) });
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quota_kind_numbers_follow_the_order_of_the_core() {
        for (index, kind) in QuotaKind::ALL.into_iter().enumerate() {
            assert_eq!(toklink_quota_kind::of(kind) as usize, index + 1, "{}", kind.as_str());
        }
    }
}
