//! How full the windows of requests are.

use crate::callback::{Kept, calling};
use crate::text::{Text, toklink_str};
use crate::{guard, handle, view};
use core_toklink::{AccountKey, Error, QuotaKind, QuotaWarning, QuotaWindow, Result};
use std::ffi::c_void;
use std::time::Duration;

/// What a window counts. New numbers may come.
#[repr(u32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum toklink_quota_kind {
    /// Something that this version of the header has no name for.
    TOKLINK_QUOTA_OTHER = 0,
    /// Reads of the profile.
    TOKLINK_QUOTA_USER_INFO = 1,
    /// Pages of the video list.
    TOKLINK_QUOTA_VIDEO_LIST = 2,
    /// Queries of videos by id.
    TOKLINK_QUOTA_VIDEO_QUERY = 3,
    /// Questions what the creator may post.
    TOKLINK_QUOTA_CREATOR_INFO = 4,
    /// Begins of direct posts, drafts and photo posts: the three share one window.
    TOKLINK_QUOTA_PUBLISH_INIT = 5,
    /// Questions how far a post has come.
    TOKLINK_QUOTA_PUBLISH_STATUS = 6,
    /// Videos, photo posts and drafts handed to TikTok.
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

/// The kind that a host's number means.
pub(crate) fn kind_of(number: u32) -> Result<QuotaKind> {
    let found = QuotaKind::ALL.into_iter().find(|kind| toklink_quota_kind::of(*kind) as u32 == number);
    found.ok_or_else(|| Error::invalid(format!("{number} is no toklink_quota_kind: pass one of its values")))
}

/// All windows of one account, as they were when it was asked for.
///
/// Thread safety: it never changes; any number of threads may read it, one frees it.
#[derive(Debug)]
pub struct toklink_quota_status(Vec<toklink_quota_window>);

/// One window: at most `limit` requests of a kind in any `window_ms` milliseconds. It belongs to its
/// `toklink_quota_status` and lives as long.
///
/// Thread safety: it never changes; any number of threads may read it.
#[derive(Debug)]
pub struct toklink_quota_window(QuotaWindow);

impl toklink_quota_status {
    pub(crate) fn new(windows: Vec<QuotaWindow>) -> Self {
        Self(windows.into_iter().map(toklink_quota_window).collect())
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// Number of windows, 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_quota_status_len(status: *const toklink_quota_status) -> usize {
    // SAFETY: the conventions of the header.
    unsafe { view::field(status, 0, |status| status.0.len()) }
}

/// The window at `index`, from 0; NULL beyond the last.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_quota_status_at(
    status: *const toklink_quota_status,
    index: usize,
) -> *const toklink_quota_window {
    // SAFETY: the conventions of the header.
    unsafe { view::part(status, |status| status.0.get(index)) }
}

/// The window of this `toklink_quota_kind` with the fewest requests left, which is the one that a request would wait
/// for; NULL when the kind has no limit.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_quota_status_tightest(
    status: *const toklink_quota_status,
    kind: u32,
) -> *const toklink_quota_window {
    let of_kind = |window: &&toklink_quota_window| toklink_quota_kind::of(window.0.kind) as u32 == kind;
    // SAFETY: the conventions of the header.
    unsafe { view::part(status, |all| all.0.iter().filter(of_kind).min_by_key(|window| window.0.remaining)) }
}

/// Frees the status and its windows. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_quota_status_free(status: *mut toklink_quota_status) {
    // SAFETY: the conventions of the header: ours, freed once.
    guard::value((), || unsafe { handle::take(status) });
}

/// What the window counts; `TOKLINK_QUOTA_OTHER` for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_quota_window_kind(
    window: *const toklink_quota_window,
) -> toklink_quota_kind {
    // SAFETY: the conventions of the header.
    unsafe {
        view::field(window, toklink_quota_kind::TOKLINK_QUOTA_OTHER, |w| toklink_quota_kind::of(w.0.kind))
    }
}

/// The window's length in milliseconds.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_quota_window_length_ms(window: *const toklink_quota_window) -> u64 {
    // SAFETY: the conventions of the header.
    unsafe { view::field(window, 0, |w| w.0.window_ms) }
}

/// How many requests fit in the window.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_quota_window_limit(window: *const toklink_quota_window) -> u32 {
    // SAFETY: the conventions of the header.
    unsafe { view::field(window, 0, |w| w.0.limit) }
}

/// How many slots are occupied, requests in flight included.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_quota_window_count(window: *const toklink_quota_window) -> u32 {
    // SAFETY: the conventions of the header.
    unsafe { view::field(window, 0, |w| w.0.count) }
}

/// How many requests could be sent now.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_quota_window_remaining(window: *const toklink_quota_window) -> u32 {
    // SAFETY: the conventions of the header.
    unsafe { view::field(window, 0, |w| w.0.remaining) }
}

/// Milliseconds until the oldest occupied slot is free again; 0 when all are free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_quota_window_resets_in_ms(window: *const toklink_quota_window) -> u64 {
    // SAFETY: the conventions of the header.
    unsafe { view::field(window, 0, |w| millis(w.0.resets_in)) }
}

/// When the oldest occupied slot is free again, in milliseconds since 1970 (UTC); now when all are free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_quota_window_reset_at_ms(window: *const toklink_quota_window) -> i64 {
    // SAFETY: the conventions of the header.
    unsafe { view::field(window, 0, |w| w.0.reset_at.as_millis()) }
}

/// Hears that a request fills a window to `percent` (80 or 95), once for each mark, and again after the window was half
/// empty. The texts live as long as the call. Called on a worker before the request is sent, and on the caller's thread
/// where the caller counts a request itself: return quickly, and call
/// nothing with this client but `toklink_client_free`.
pub type toklink_quota_warning_callback = Option<
    unsafe extern "C" fn(
        user_data: *mut c_void,
        tenant: toklink_str,
        open_id: toklink_str,
        kind: toklink_quota_kind,
        percent: u32,
        count: u32,
        limit: u32,
        window_ms: u64,
    ),
>;

/// The host's function that hears of windows that fill up.
#[derive(Debug)]
pub(crate) struct QuotaListener {
    callback: toklink_quota_warning_callback,
    kept: Kept,
}

impl QuotaListener {
    pub(crate) fn new(callback: toklink_quota_warning_callback, kept: Kept) -> Self {
        Self { callback, kept }
    }

    pub(crate) fn hear(&self, account: &AccountKey, warning: &QuotaWarning) {
        let Some(callback) = self.callback else { return };
        let (tenant, open_id) = (Text::new(&account.tenant), Text::new(&account.open_id));
        let (kind, percent) = (toklink_quota_kind::of(warning.kind), u32::from(warning.percent));
        let pointer = self.kept.pointer();
        // SAFETY: the host's own function and pointer; the texts live until it returns.
        calling(|| unsafe {
            callback(
                pointer,
                tenant.view(),
                open_id.view(),
                kind,
                percent,
                warning.count,
                warning.limit,
                warning.window_ms,
            );
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_the_core_has_a_number_of_its_own_in_the_order_of_the_core() {
        for (index, kind) in QuotaKind::ALL.into_iter().enumerate() {
            assert_eq!(toklink_quota_kind::of(kind) as usize, index + 1, "{}", kind.as_str());
        }
    }
}
