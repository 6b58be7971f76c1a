//! The profile of an account.

use crate::client::account_id::key;
use crate::client::entry::{start, wait};
use crate::client::toklink_client;
use crate::ffi::error::toklink_error;
use crate::ffi::guard;
use crate::ffi::result::{self, Parts, View};
use crate::runtime::operations::toklink_op;
use crate::runtime::task::Task;
use core_toklink::{Result, UserInfo};
use std::ffi::{c_char, c_void};

/// The profile, limited to the fields that the granted scopes include.
///
/// Threads: immutable; any number of threads may read it.
#[repr(C)]
#[derive(Debug)]
pub struct toklink_user {
    /// TikTok's id of the user for this app.
    pub open_id: *const c_char,
    /// The user's id for all apps of one developer; empty if TikTok returned none.
    pub union_id: *const c_char,
    /// The nickname.
    pub display_name: *const c_char,
    /// The handle without `@`; empty without the scope `user.info.profile`.
    pub username: *const c_char,
    /// A signed URL of the profile picture, valid for several hours; empty if there is none.
    pub avatar_url: *const c_char,
    /// The biography; empty without the scope `user.info.profile`.
    pub bio_description: *const c_char,
    /// The link to the profile; empty without the scope `user.info.profile`.
    pub profile_deep_link: *const c_char,
    /// 1 if TikTok verified the account, otherwise 0; -1 if unknown.
    pub is_verified: i32,
    /// Number of followers; -1 without the scope `user.info.stats`.
    pub followers: i64,
    /// Number of accounts followed; -1 without the scope `user.info.stats`.
    pub following: i64,
    /// Number of likes on all videos; -1 without the scope `user.info.stats`.
    pub likes: i64,
    /// Number of public videos; -1 without the scope `user.info.stats`.
    pub videos: i64,
}

impl View<UserInfo> for toklink_user {
    fn of(user: &UserInfo, parts: &mut Parts) -> Self {
        Self {
            open_id: parts.text(&user.open_id),
            union_id: parts.maybe(user.union_id.as_deref()),
            display_name: parts.text(&user.display_name),
            username: parts.maybe(user.username.as_deref()),
            avatar_url: parts.maybe(user.avatar_url.as_deref()),
            bio_description: parts.maybe(user.bio_description.as_deref()),
            profile_deep_link: parts.maybe(user.profile_deep_link.as_deref()),
            is_verified: user.is_verified.map_or(-1, i32::from),
            followers: user.follower_count.unwrap_or(-1),
            following: user.following_count.unwrap_or(-1),
            likes: user.likes_count.unwrap_or(-1),
            videos: user.video_count.unwrap_or(-1),
        }
    }
}

/// Receives the result of `toklink_user_info`. `user` is NULL on failure and `error` is NULL on success; both are valid
/// until the callback returns.
pub type toklink_user_done = Option<
    unsafe extern "C" fn(
        user_data: *mut c_void,
        operation: toklink_op,
        user: *const toklink_user,
        error: *const toklink_error,
    ),
>;

/// Frees a profile. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_user_free(user: *const toklink_user) {
    // SAFETY: the header requires valid arguments.
    guard::value((), || unsafe { result::free(user) });
}

/// # Safety
/// The argument is NULL or a C string.
unsafe fn user_info(account: *const c_char) -> Result<Task<UserInfo>> {
    // SAFETY: the caller guarantees valid arguments.
    let account = unsafe { key(account)? };
    Ok(Task::new("user_info", move |core| async move { core.user_info(&account).await }))
}

/// Reads the profile. Sends one request, or none if the profile is cached.
///
/// Errors: the common request errors (see docs/ERRORS.md); `TOKLINK_ERR_NOT_FOUND` if the account is not connected.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_user_info(
    client: *const toklink_client,
    account: *const c_char,
    done: toklink_user_done,
    user_data: *mut c_void,
    out_operation: *mut toklink_op,
) {
    // SAFETY: the header requires valid arguments.
    unsafe { start(client, "user_info", done, user_data, out_operation, |_| user_info(account)) }
}

/// Like `toklink_user_info`, but blocks until the operation ends. Returns NULL on failure. Free the profile with
/// `toklink_user_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_user_info_blocking(
    client: *const toklink_client,
    account: *const c_char,
    error: *mut *mut toklink_error,
) -> *const toklink_user {
    // SAFETY: the header requires valid arguments.
    unsafe { wait(client, error, |_| user_info(account)) }
}
