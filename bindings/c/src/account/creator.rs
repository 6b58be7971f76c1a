//! The posting options of a creator.

use crate::client::account_id::key;
use crate::client::entry::{start, wait};
use crate::client::toklink_client;
use crate::ffi::error::toklink_error;
use crate::ffi::guard;
use crate::ffi::result::{self, Parts, View};
use crate::runtime::operations::toklink_op;
use crate::runtime::task::Task;
use core_toklink::{CreatorInfo, Result};
use std::ffi::{c_char, c_void};

/// The posting options of a creator. A posting page must show them and read them again for each post.
///
/// Threads: immutable; any number of threads may read it.
#[repr(C)]
#[derive(Debug)]
pub struct toklink_creator {
    /// The handle without `@`.
    pub username: *const c_char,
    /// The nickname.
    pub nickname: *const c_char,
    /// A URL of the profile picture, valid for two hours; empty if there is none.
    pub avatar_url: *const c_char,
    /// The privacy levels that this creator may choose, for example `SELF_ONLY`.
    pub privacy_levels: *const *const c_char,
    /// Number of `privacy_levels`.
    pub privacy_level_count: usize,
    /// True if the creator turned comments off.
    pub comment_disabled: bool,
    /// True if the creator turned duets off.
    pub duet_disabled: bool,
    /// True if the creator turned stitches off.
    pub stitch_disabled: bool,
    /// The maximum length of a video in seconds.
    pub max_video_duration_s: u32,
}

impl View<CreatorInfo> for toklink_creator {
    fn of(creator: &CreatorInfo, parts: &mut Parts) -> Self {
        let levels: Vec<String> =
            creator.privacy_level_options.iter().map(|level| level.as_str().to_owned()).collect();
        let (privacy_levels, privacy_level_count) = parts.texts(&levels);
        Self {
            username: parts.text(&creator.username),
            nickname: parts.text(&creator.nickname),
            avatar_url: parts.maybe(creator.avatar_url.as_deref()),
            privacy_levels,
            privacy_level_count,
            comment_disabled: creator.comment_disabled,
            duet_disabled: creator.duet_disabled,
            stitch_disabled: creator.stitch_disabled,
            max_video_duration_s: creator.max_video_post_duration_sec,
        }
    }
}

/// Receives the result of `toklink_creator_info`. `creator` is NULL on failure and `error` is NULL on success; both are
/// valid until the callback returns.
pub type toklink_creator_done = Option<
    unsafe extern "C" fn(
        user_data: *mut c_void,
        operation: toklink_op,
        creator: *const toklink_creator,
        error: *const toklink_error,
    ),
>;

/// Frees the posting options of a creator. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_creator_free(creator: *const toklink_creator) {
    // SAFETY: the header requires valid arguments.
    guard::value((), || unsafe { result::free(creator) });
}

/// # Safety
/// The argument is NULL or a C string.
unsafe fn creator_info(account: *const c_char) -> Result<Task<CreatorInfo>> {
    // SAFETY: the caller guarantees valid arguments.
    let account = unsafe { key(account)? };
    Ok(Task::new("creator_info", move |core| async move { core.creator_info(&account).await }))
}

/// Reads the creator's current posting options. Sends one request; the result is never cached.
///
/// Errors: the common request errors (see docs/ERRORS.md); `TOKLINK_ERR_NOT_FOUND` if the account is not connected.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_creator_info(
    client: *const toklink_client,
    account: *const c_char,
    done: toklink_creator_done,
    user_data: *mut c_void,
    out_operation: *mut toklink_op,
) {
    // SAFETY: the header requires valid arguments.
    unsafe { start(client, "creator_info", done, user_data, out_operation, |_| creator_info(account)) }
}

/// Like `toklink_creator_info`, but blocks until the operation ends. Returns NULL on failure. Free the result with
/// `toklink_creator_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_creator_info_blocking(
    client: *const toklink_client,
    account: *const c_char,
    error: *mut *mut toklink_error,
) -> *const toklink_creator {
    // SAFETY: the header requires valid arguments.
    unsafe { wait(client, error, |_| creator_info(account)) }
}
