//! Public videos of an account.

use crate::client::{account, engine, toklink_client};
use crate::error::toklink_error;
use crate::handle::Output;
use crate::status::toklink_status;
use crate::text::{Text, toklink_str};
use crate::view::{self, maybe};
use crate::{guard, handle};
use core_toklink::{Error, Video, VideoPage};

/// One public video. It belongs to its page.
///
/// Thread safety: it never changes; any number of threads may read it.
#[derive(Debug)]
pub struct toklink_video {
    pub(crate) id: Text,
    pub(crate) title: Text,
    pub(crate) description: Text,
    pub(crate) cover_image_url: Option<Text>,
    pub(crate) share_url: Option<Text>,
    pub(crate) embed_link: Option<Text>,
    pub(crate) duration_sec: i64,
    pub(crate) created_at_ms: i64,
    pub(crate) width: Option<i64>,
    pub(crate) height: Option<i64>,
    pub(crate) view_count: i64,
    pub(crate) like_count: i64,
    pub(crate) comment_count: i64,
    pub(crate) share_count: i64,
}

impl From<Video> for toklink_video {
    fn from(from: Video) -> Self {
        Self {
            id: Text::new(&from.id),
            title: Text::new(&from.title),
            description: Text::new(&from.video_description),
            cover_image_url: maybe(from.cover_image_url.as_deref()),
            share_url: maybe(from.share_url.as_deref()),
            embed_link: maybe(from.embed_link.as_deref()),
            duration_sec: from.duration_sec,
            created_at_ms: from.created_at.as_millis(),
            width: from.width,
            height: from.height,
            view_count: from.view_count,
            like_count: from.like_count,
            comment_count: from.comment_count,
            share_count: from.share_count,
        }
    }
}

/// TikTok's id, as text since it is above 2^53. Lives as long as its page.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_video_id(video: *const toklink_video) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { view::text(video, |held| Some(&held.id)) }
}

/// The title. Lives as long as its page.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_video_title(video: *const toklink_video) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { view::text(video, |held| Some(&held.title)) }
}

/// The caption. Lives as long as its page.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_video_description(video: *const toklink_video) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { view::text(video, |held| Some(&held.description)) }
}

/// A signed picture URL, good for hours; empty when there is none. Lives as long as its page.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_video_cover_image_url(video: *const toklink_video) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { view::text(video, |held| held.cover_image_url.as_ref()) }
}

/// The link to the video; empty when there is none. Lives as long as its page.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_video_share_url(video: *const toklink_video) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { view::text(video, |held| held.share_url.as_ref()) }
}

/// The link of the embedded player; empty when there is none. Lives as long as its page.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_video_embed_link(video: *const toklink_video) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { view::text(video, |held| held.embed_link.as_ref()) }
}

/// Seconds of play.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_video_duration_sec(video: *const toklink_video) -> i64 {
    // SAFETY: the conventions of the header.
    unsafe { view::field(video, 0, |held| held.duration_sec) }
}

/// When it was posted, in milliseconds since 1970 (UTC).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_video_created_at_ms(video: *const toklink_video) -> i64 {
    // SAFETY: the conventions of the header.
    unsafe { view::field(video, 0, |held| held.created_at_ms) }
}

/// Pixels across. Returns whether TikTok says, and writes only then.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_video_width(video: *const toklink_video, out_value: *mut i64) -> bool {
    // SAFETY: the conventions of the header.
    unsafe { view::known(view::field(video, None, |held| held.width), out_value) }
}

/// Pixels down. Returns whether TikTok says, and writes only then.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_video_height(video: *const toklink_video, out_value: *mut i64) -> bool {
    // SAFETY: the conventions of the header.
    unsafe { view::known(view::field(video, None, |held| held.height), out_value) }
}

/// Views.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_video_view_count(video: *const toklink_video) -> i64 {
    // SAFETY: the conventions of the header.
    unsafe { view::field(video, 0, |held| held.view_count) }
}

/// Likes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_video_like_count(video: *const toklink_video) -> i64 {
    // SAFETY: the conventions of the header.
    unsafe { view::field(video, 0, |held| held.like_count) }
}

/// Comments.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_video_comment_count(video: *const toklink_video) -> i64 {
    // SAFETY: the conventions of the header.
    unsafe { view::field(video, 0, |held| held.comment_count) }
}

/// Shares.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_video_share_count(video: *const toklink_video) -> i64 {
    // SAFETY: the conventions of the header.
    unsafe { view::field(video, 0, |held| held.share_count) }
}

/// Some videos, newest first.
///
/// Thread safety: it never changes; any number of threads may read it, one frees it.
#[derive(Debug)]
pub struct toklink_video_page {
    pub(crate) videos: Vec<toklink_video>,
    pub(crate) next_cursor: Option<i64>,
}

impl From<VideoPage> for toklink_video_page {
    fn from(from: VideoPage) -> Self {
        Self {
            videos: from.videos.into_iter().map(toklink_video::from).collect(),
            next_cursor: from.next_cursor,
        }
    }
}

/// Frees the page and its videos. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_video_page_free(page: *mut toklink_video_page) {
    // SAFETY: the conventions of the header: ours, freed once.
    guard::value((), || unsafe { handle::take(page) });
}

/// How many videos are on the page; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_video_page_len(page: *const toklink_video_page) -> usize {
    // SAFETY: the conventions of the header.
    unsafe { view::field(page, 0, |held| held.videos.len()) }
}

/// The video at `index`, from 0; NULL beyond the last. It belongs to the page.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_video_page_at(
    page: *const toklink_video_page,
    index: usize,
) -> *const toklink_video {
    // SAFETY: the conventions of the header.
    unsafe { view::part(page, |held| held.videos.get(index)) }
}

/// Where the next page begins. Returns whether there is one, and writes only then.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_video_page_next_cursor(
    page: *const toklink_video_page,
    out_value: *mut i64,
) -> bool {
    // SAFETY: the conventions of the header.
    unsafe { view::known(view::field(page, None, |held| held.next_cursor), out_value) }
}

/// One page of public videos. One request. `cursor` is 0 for the first page, otherwise the last page's
/// `toklink_video_page_next_cursor`; `max_count` is 1 to 20. Give the page back with `toklink_video_page_free`.
///
/// Errors: those of every request (see docs/ERRORS.md); `TOKLINK_ERR_NOT_FOUND` when no such account is
/// connected.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_client_list_videos(
    client: *const toklink_client,
    tenant: toklink_str,
    open_id: toklink_str,
    cursor: i64,
    max_count: u32,
    out_page: *mut *mut toklink_video_page,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the conventions of the header.
        let (out, engine, account) =
            unsafe { (Output::at(out_page)?, engine(client)?, account(tenant, open_id)?) };
        let begin = (cursor != 0).then_some(cursor);
        let core = engine.client()?;
        let found =
            engine.wait("list_videos", async move { core.list_videos(&account, begin, max_count).await })?;
        out.set(handle::give(found.into()));
        Ok(())
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}

/// The account's own public videos with these `count` ids (1 to 20); others are absent from the answer. One
/// request. Give the page, which has no next one, back with `toklink_video_page_free`.
///
/// Errors: those of every request (see docs/ERRORS.md); `TOKLINK_ERR_NOT_FOUND` when no such account is
/// connected.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_client_query_videos(
    client: *const toklink_client,
    tenant: toklink_str,
    open_id: toklink_str,
    ids: *const toklink_str,
    count: usize,
    out_page: *mut *mut toklink_video_page,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the conventions of the header.
        let (out, engine, account, ids) = unsafe {
            (Output::at(out_page)?, engine(client)?, account(tenant, open_id)?, ids_of(ids, count)?)
        };
        let core = engine.client()?;
        let found = engine.wait("query_videos", async move { core.query_videos(&account, ids).await })?;
        out.set(handle::give(VideoPage { videos: found, next_cursor: None }.into()));
        Ok(())
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}

/// Reads the ids that a query asks for.
///
/// # Safety
/// `ids` points to `count` texts that are readable, unless `count` is 0 or more than any query takes.
unsafe fn ids_of(ids: *const toklink_str, count: usize) -> core_toklink::Result<Vec<String>> {
    let most = usize::try_from(core_toklink::api::video::MAX_PAGE).unwrap_or(0);
    if ids.is_null() || count == 0 || count > most {
        return Err(Error::invalid(format!("a query takes 1 to {most} ids, {count} were given")));
    }
    // SAFETY: not NULL, and the caller promises this many.
    let ids = unsafe { std::slice::from_raw_parts(ids, count) };
    // SAFETY: the caller's promise.
    ids.iter().map(|id| unsafe { id.read("a video id") }.map(str::to_owned)).collect()
}
