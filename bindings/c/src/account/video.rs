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
/// Threads: immutable; any thread may read it.
#[repr(C)]
#[derive(Debug)]
pub struct toklink_video {
    /// TikTok's id, as text because it exceeds 2^53.
    pub id: *const c_char,
    /// The title.
    pub title: *const c_char,
    /// The description.
    pub description: *const c_char,
    /// A signed URL of the cover, valid for some hours; empty if there is none.
    pub cover_image_url: *const c_char,
    /// The link to the video; empty if TikTok does not return it.
    pub share_url: *const c_char,
    /// The link for an embedded player; empty if TikTok does not return it.
    pub embed_link: *const c_char,
    /// The duration in seconds.
    pub duration_s: i64,
    /// Time at which the video was posted, in milliseconds since 1970 (UTC), with a resolution of one second.
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

/// A list of videos, newest first.
///
/// Threads: immutable; any thread may read it.
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

/// Receives the result of `toklink_list_videos` or `toklink_query_videos`. On failure, `page` is NULL; on success,
/// `error` is NULL. Both are valid until the callback returns.
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
    // SAFETY: the caller follows the conventions of the header.
    guard::value((), || unsafe { result::free(page) });
}

/// # Safety
/// The text is NULL or a C string.
unsafe fn list_videos(account: *const c_char, cursor: i64, max_count: u32) -> Result<Task<VideoPage>> {
    // SAFETY: guaranteed by the caller.
    let account = unsafe { key(account)? };
    let (cursor, max_count) =
        ((cursor != 0).then_some(cursor), if max_count == 0 { MAX_PAGE } else { max_count });
    Ok(Task::new(
        "list_videos",
        move |core| async move { core.list_videos(&account, cursor, max_count).await },
    ))
}

/// Reads one page of public videos. Sends one request, or none while the page is cached. `cursor` is 0 for the first
/// page, otherwise `next_cursor` of the previous page. `max_count` is 1 to 20, or 0 for 20.
///
/// Errors: those of every request (see docs/ERRORS.md); `TOKLINK_ERR_NOT_FOUND` if the account is not connected.
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
    // SAFETY: the caller follows the conventions of the header.
    unsafe {
        start(client, "list_videos", done, user_data, out_operation, |_| {
            list_videos(account, cursor, max_count)
        });
    }
}

/// Runs `toklink_list_videos` and blocks until it has finished. Returns NULL on failure. Free the result with
/// `toklink_video_page_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_list_videos_blocking(
    client: *const toklink_client,
    account: *const c_char,
    cursor: i64,
    max_count: u32,
    error: *mut *mut toklink_error,
) -> *const toklink_video_page {
    // SAFETY: the caller follows the conventions of the header.
    unsafe { wait(client, error, |_| list_videos(account, cursor, max_count)) }
}

/// # Safety
/// NULL or a C string, and `count` C strings.
unsafe fn query_videos(
    account: *const c_char,
    ids: *const *const c_char,
    count: usize,
) -> Result<Task<VideoPage>> {
    let most = usize::try_from(MAX_PAGE).unwrap_or(0);
    if count == 0 || count > most {
        return Err(Error::invalid(format!(
            "a query accepts 1 to {most} ids, but {count} were passed; split the list"
        )));
    }
    // SAFETY: guaranteed by the caller.
    let (account, ids) = unsafe { (key(account)?, input::texts(ids, count, "ids")?) };
    let page = |videos| VideoPage { videos, next_cursor: None };
    Ok(Task::new("query_videos", move |core| async move { core.query_videos(&account, ids).await.map(page) }))
}

/// Reads the account's own public videos with these ids, of which `count` is 1 to 20. Other ids are absent from the
/// page. Sends one request.
///
/// Errors: those of every request (see docs/ERRORS.md); `TOKLINK_ERR_NOT_FOUND` if the account is not connected.
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
    // SAFETY: the caller follows the conventions of the header.
    unsafe {
        start(client, "query_videos", done, user_data, out_operation, |_| query_videos(account, ids, count));
    }
}

/// Runs `toklink_query_videos` and blocks until it has finished. Returns NULL on failure. Free the result with
/// `toklink_video_page_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_query_videos_blocking(
    client: *const toklink_client,
    account: *const c_char,
    ids: *const *const c_char,
    count: usize,
    error: *mut *mut toklink_error,
) -> *const toklink_video_page {
    // SAFETY: the caller follows the conventions of the header.
    unsafe { wait(client, error, |_| query_videos(account, ids, count)) }
}
