//! Public videos of an account.

use crate::client::account_id::key;
use crate::client::entry::{start, wait};
use crate::client::toklink_client;
use crate::ffi::error::toklink_error;
use crate::ffi::guard;
use crate::ffi::input;
use crate::ffi::result::{self, Parts, View};
use crate::runtime::operations::toklink_op;
use crate::runtime::task::Task;
use core_toklink::api::consumer::video::MAX_PAGE;
use core_toklink::{Error, Result, Video, VideoPage};
use std::ffi::{c_char, c_void};

/// One public video.
///
/// Threads: immutable; any number of threads may read it.
#[repr(C)]
#[derive(Debug)]
pub struct toklink_video {
    /// TikTok's id, as text because it can exceed 2^53.
    pub id: *const c_char,
    /// The title.
    pub title: *const c_char,
    /// The description.
    pub description: *const c_char,
    /// A signed URL of the cover, valid for hours; empty if there is none.
    pub cover_image_url: *const c_char,
    /// The link to the video; empty if TikTok returned none.
    pub share_url: *const c_char,
    /// The URL for an embedded player; empty if TikTok returned none.
    pub embed_link: *const c_char,
    /// The length in seconds.
    pub duration_s: i64,
    /// Time at which it was posted, in milliseconds since 1970 (UTC), a multiple of 1000.
    pub created_at_ms: i64,
    /// The width in pixels; -1 if unknown.
    pub width: i64,
    /// The height in pixels; -1 if unknown.
    pub height: i64,
    /// Number of views.
    pub views: i64,
    /// Number of likes.
    pub likes: i64,
    /// Number of comments.
    pub comments: i64,
    /// Number of shares.
    pub shares: i64,
}

impl View<Video> for toklink_video {
    fn of(video: &Video, parts: &mut Parts) -> Self {
        Self {
            id: parts.text(&video.id),
            title: parts.text(&video.title),
            description: parts.text(&video.video_description),
            cover_image_url: parts.maybe(video.cover_image_url.as_deref()),
            share_url: parts.maybe(video.share_url.as_deref()),
            embed_link: parts.maybe(video.embed_link.as_deref()),
            duration_s: video.duration_sec,
            created_at_ms: video.created_at.as_millis(),
            width: video.width.unwrap_or(-1),
            height: video.height.unwrap_or(-1),
            views: video.view_count,
            likes: video.like_count,
            comments: video.comment_count,
            shares: video.share_count,
        }
    }
}

/// A page of videos, the newest first.
///
/// Threads: immutable; any number of threads may read it.
#[repr(C)]
#[derive(Debug)]
pub struct toklink_video_page {
    /// The videos.
    pub items: *const *const toklink_video,
    /// Number of `items`.
    pub count: usize,
    /// The cursor of the next page; -1 after the last page.
    pub next_cursor: i64,
}

impl View<VideoPage> for toklink_video_page {
    fn of(page: &VideoPage, parts: &mut Parts) -> Self {
        let (items, count) = parts.children(&page.videos);
        Self { items, count, next_cursor: page.next_cursor.unwrap_or(-1) }
    }
}

/// Receives the result of `toklink_list_videos` or `toklink_query_videos`. `page` is NULL on failure and `error` is
/// NULL on success; both are valid until the callback returns.
pub type toklink_videos_done = Option<
    unsafe extern "C" fn(
        user_data: *mut c_void,
        operation: toklink_op,
        page: *const toklink_video_page,
        error: *const toklink_error,
    ),
>;

/// Frees a page and its videos. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_video_page_free(page: *const toklink_video_page) {
    // SAFETY: the header requires valid arguments.
    guard::value((), || unsafe { result::free(page) });
}

/// # Safety
/// The argument is NULL or a C string.
unsafe fn list_videos(account: *const c_char, cursor: i64, max_count: u32) -> Result<Task<VideoPage>> {
    // SAFETY: the caller guarantees valid arguments.
    let account = unsafe { key(account)? };
    let (cursor, max_count) =
        ((cursor != 0).then_some(cursor), if max_count == 0 { MAX_PAGE } else { max_count });
    Ok(Task::new(
        "list_videos",
        move |core| async move { core.list_videos(&account, cursor, max_count).await },
    ))
}

/// Reads one page of public videos. Sends one request, or none if the page is cached. `cursor` is 0 for the first page
/// and `next_cursor` of the previous page for the next one; `max_count` is 1 to 20, or 0 for 20.
///
/// Errors: the common request errors (see docs/ERRORS.md); `TOKLINK_ERR_NOT_FOUND` if the account is not connected.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_list_videos(
    client: *const toklink_client,
    account: *const c_char,
    cursor: i64,
    max_count: u32,
    done: toklink_videos_done,
    user_data: *mut c_void,
    out_operation: *mut toklink_op,
) {
    // SAFETY: the header requires valid arguments.
    unsafe {
        start(client, "list_videos", done, user_data, out_operation, |_| {
            list_videos(account, cursor, max_count)
        });
    }
}

/// Like `toklink_list_videos`, but blocks until the operation ends. Returns NULL on failure. Free the result with
/// `toklink_video_page_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_list_videos_blocking(
    client: *const toklink_client,
    account: *const c_char,
    cursor: i64,
    max_count: u32,
    error: *mut *mut toklink_error,
) -> *const toklink_video_page {
    // SAFETY: the header requires valid arguments.
    unsafe { wait(client, error, |_| list_videos(account, cursor, max_count)) }
}

/// # Safety
/// `account` is NULL or a C string, and `ids` points to `count` C strings.
unsafe fn query_videos(
    account: *const c_char,
    ids: *const *const c_char,
    count: usize,
) -> Result<Task<VideoPage>> {
    let most = usize::try_from(MAX_PAGE).unwrap_or(0);
    if count == 0 || count > most {
        return Err(Error::invalid(format!("a query has {count} ids; use 1 to {most}")));
    }
    // SAFETY: the caller guarantees valid arguments.
    let (account, ids) = unsafe { (key(account)?, input::texts(ids, count, "ids")?) };
    let page = |videos| VideoPage { videos, next_cursor: None };
    Ok(Task::new("query_videos", move |core| async move { core.query_videos(&account, ids).await.map(page) }))
}

/// Reads the account's public videos with these 1 to 20 ids. The page omits ids that the account does not have. Sends
/// one request.
///
/// Errors: the common request errors (see docs/ERRORS.md); `TOKLINK_ERR_NOT_FOUND` if the account is not connected.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_query_videos(
    client: *const toklink_client,
    account: *const c_char,
    ids: *const *const c_char,
    count: usize,
    done: toklink_videos_done,
    user_data: *mut c_void,
    out_operation: *mut toklink_op,
) {
    // SAFETY: the header requires valid arguments.
    unsafe {
        start(client, "query_videos", done, user_data, out_operation, |_| query_videos(account, ids, count));
    }
}

/// Like `toklink_query_videos`, but blocks until the operation ends. Returns NULL on failure. Free the result with
/// `toklink_video_page_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_query_videos_blocking(
    client: *const toklink_client,
    account: *const c_char,
    ids: *const *const c_char,
    count: usize,
    error: *mut *mut toklink_error,
) -> *const toklink_video_page {
    // SAFETY: the header requires valid arguments.
    unsafe { wait(client, error, |_| query_videos(account, ids, count)) }
}
