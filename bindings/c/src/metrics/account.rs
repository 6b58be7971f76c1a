//! The metrics of an account.

use crate::client::account_id::key;
use crate::client::entry::{start, wait};
use crate::client::toklink_client;
use crate::ffi::error::toklink_error;
use crate::ffi::guard;
use crate::ffi::result::{self, Parts, View};
use crate::runtime::operations::toklink_op;
use crate::runtime::task::Task;
use core_toklink::{AccountMetrics, Result};
use std::ffi::{c_char, c_void};

/// The totals of an account, and sums over its 20 newest videos.
///
/// Threads: immutable; any number of threads may read it.
#[repr(C)]
#[derive(Debug)]
pub struct toklink_metrics {
    /// Number of followers.
    pub followers: i64,
    /// Number of accounts followed.
    pub following: i64,
    /// Number of likes on all videos.
    pub likes: i64,
    /// Number of public videos.
    pub videos: i64,
    /// Number of videos in the sums below, 0 to 20.
    pub videos_read: u32,
    /// Sum of the views of these videos.
    pub views: i64,
    /// Sum of the likes of these videos.
    pub video_likes: i64,
    /// Sum of the comments on these videos.
    pub comments: i64,
    /// Sum of the shares of these videos.
    pub shares: i64,
    /// Mean number of views of these videos; 0 without videos.
    pub views_per_video: f64,
    /// Likes in percent of the views; 0 without views.
    pub like_rate: f64,
    /// Comments in percent of the views; 0 without views.
    pub comment_rate: f64,
    /// Shares in percent of the views; 0 without views.
    pub share_rate: f64,
    /// Likes, comments and shares together in percent of the views; 0 without views.
    pub engagement_rate: f64,
    /// Time at which the metrics were read, in milliseconds since 1970 (UTC).
    pub read_at_ms: i64,
}

impl View<AccountMetrics> for toklink_metrics {
    fn of(metrics: &AccountMetrics, _parts: &mut Parts) -> Self {
        Self {
            followers: metrics.followers,
            following: metrics.following,
            likes: metrics.likes,
            videos: metrics.video_count,
            videos_read: metrics.videos_read,
            views: metrics.views,
            video_likes: metrics.video_likes,
            comments: metrics.comments,
            shares: metrics.shares,
            views_per_video: metrics.views_per_video,
            like_rate: metrics.like_rate,
            comment_rate: metrics.comment_rate,
            share_rate: metrics.share_rate,
            engagement_rate: metrics.engagement_rate,
            read_at_ms: metrics.read_at.as_millis(),
        }
    }
}

/// Receives the result of `toklink_account_metrics`. `metrics` is NULL on failure and `error` is NULL on success; both
/// are valid until the callback returns.
pub type toklink_metrics_done = Option<
    unsafe extern "C" fn(
        user_data: *mut c_void,
        operation: toklink_op,
        metrics: *const toklink_metrics,
        error: *const toklink_error,
    ),
>;

/// Frees metrics. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_metrics_free(metrics: *const toklink_metrics) {
    // SAFETY: the header requires valid arguments.
    guard::value((), || unsafe { result::free(metrics) });
}

/// # Safety
/// The argument is NULL or a C string.
unsafe fn account_metrics(account: *const c_char) -> Result<Task<AccountMetrics>> {
    // SAFETY: the caller guarantees valid arguments.
    let account = unsafe { key(account)? };
    Ok(Task::new("account_metrics", move |core| async move { core.account_metrics(&account).await }))
}

/// Reads the metrics of an account. Sends two requests, or fewer if the profile or the videos are cached.
///
/// Errors: the common request errors (see docs/ERRORS.md); `TOKLINK_ERR_NOT_FOUND` if the account is not connected;
/// `TOKLINK_ERR_PERMISSION_DENIED` without the scope `user.info.stats`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_account_metrics(
    client: *const toklink_client,
    account: *const c_char,
    done: toklink_metrics_done,
    user_data: *mut c_void,
    out_operation: *mut toklink_op,
) {
    // SAFETY: the header requires valid arguments.
    unsafe { start(client, "account_metrics", done, user_data, out_operation, |_| account_metrics(account)) }
}

/// Like `toklink_account_metrics`, but blocks until the operation ends. Returns NULL on failure. Free the result with
/// `toklink_metrics_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_account_metrics_blocking(
    client: *const toklink_client,
    account: *const c_char,
    error: *mut *mut toklink_error,
) -> *const toklink_metrics {
    // SAFETY: the header requires valid arguments.
    unsafe { wait(client, error, |_| account_metrics(account)) }
}
