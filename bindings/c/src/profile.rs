//! Who an account is, and its figures.

use crate::client::{account, engine, toklink_client};
use crate::completion::{completed, handed};
use crate::error::toklink_error;
use crate::handle::Output;
use crate::status::toklink_status;
use crate::text::{Text, toklink_str};
use crate::view::{self, maybe};
use crate::{guard, handle};
use core_toklink::{AccountMetrics, UserInfo};
use std::ffi::c_void;

/// The profile, as far as the granted scopes show it.
///
/// Thread safety: it never changes; any number of threads may read it, one frees it.
#[derive(Debug)]
pub struct toklink_user_info {
    pub(crate) open_id: Text,
    pub(crate) union_id: Option<Text>,
    pub(crate) display_name: Text,
    pub(crate) username: Option<Text>,
    pub(crate) avatar_url: Option<Text>,
    pub(crate) bio_description: Option<Text>,
    pub(crate) profile_deep_link: Option<Text>,
    pub(crate) is_verified: Option<bool>,
    pub(crate) follower_count: Option<i64>,
    pub(crate) following_count: Option<i64>,
    pub(crate) likes_count: Option<i64>,
    pub(crate) video_count: Option<i64>,
}

impl From<UserInfo> for toklink_user_info {
    fn from(from: UserInfo) -> Self {
        Self {
            open_id: Text::new(&from.open_id),
            union_id: maybe(from.union_id.as_deref()),
            display_name: Text::new(&from.display_name),
            username: maybe(from.username.as_deref()),
            avatar_url: maybe(from.avatar_url.as_deref()),
            bio_description: maybe(from.bio_description.as_deref()),
            profile_deep_link: maybe(from.profile_deep_link.as_deref()),
            is_verified: from.is_verified,
            follower_count: from.follower_count,
            following_count: from.following_count,
            likes_count: from.likes_count,
            video_count: from.video_count,
        }
    }
}

/// Frees it and every view of its texts. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_user_info_free(info: *mut toklink_user_info) {
    // SAFETY: the conventions of the header: ours, freed once.
    guard::value((), || unsafe { handle::take(info) });
}

/// TikTok's id of the user for this app. Lives as long as the user info.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_user_info_open_id(info: *const toklink_user_info) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { view::text(info, |held| Some(&held.open_id)) }
}

/// The user's id for all apps of one developer; empty when TikTok gave none. Lives as long as the user info.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_user_info_union_id(info: *const toklink_user_info) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { view::text(info, |held| held.union_id.as_ref()) }
}

/// The nickname. Lives as long as the user info.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_user_info_display_name(info: *const toklink_user_info) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { view::text(info, |held| Some(&held.display_name)) }
}

/// The handle without `@`; empty without the scope user.info.profile. Lives as long as the user info.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_user_info_username(info: *const toklink_user_info) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { view::text(info, |held| held.username.as_ref()) }
}

/// A signed picture URL, good for hours; empty when there is none. Lives as long as the user info.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_user_info_avatar_url(info: *const toklink_user_info) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { view::text(info, |held| held.avatar_url.as_ref()) }
}

/// The biography; empty without the scope user.info.profile. Lives as long as the user info.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_user_info_bio_description(info: *const toklink_user_info) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { view::text(info, |held| held.bio_description.as_ref()) }
}

/// The link to the profile; empty without the scope user.info.profile. Lives as long as the user info.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_user_info_profile_deep_link(info: *const toklink_user_info) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { view::text(info, |held| held.profile_deep_link.as_ref()) }
}

/// Whether TikTok verified the account. Returns whether it is known, and writes only then.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_user_info_is_verified(
    info: *const toklink_user_info,
    out_value: *mut bool,
) -> bool {
    // SAFETY: the conventions of the header.
    unsafe { view::known(view::field(info, None, |held| held.is_verified), out_value) }
}

/// Followers. Returns whether the number is known (scope user.info.stats), and writes only then.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_user_info_follower_count(
    info: *const toklink_user_info,
    out_value: *mut i64,
) -> bool {
    // SAFETY: the conventions of the header.
    unsafe { view::known(view::field(info, None, |held| held.follower_count), out_value) }
}

/// Accounts followed. Returns whether the number is known, and writes only then.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_user_info_following_count(
    info: *const toklink_user_info,
    out_value: *mut i64,
) -> bool {
    // SAFETY: the conventions of the header.
    unsafe { view::known(view::field(info, None, |held| held.following_count), out_value) }
}

/// Likes received. Returns whether the number is known, and writes only then.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_user_info_likes_count(
    info: *const toklink_user_info,
    out_value: *mut i64,
) -> bool {
    // SAFETY: the conventions of the header.
    unsafe { view::known(view::field(info, None, |held| held.likes_count), out_value) }
}

/// Public videos. Returns whether the number is known, and writes only then.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_user_info_video_count(
    info: *const toklink_user_info,
    out_value: *mut i64,
) -> bool {
    // SAFETY: the conventions of the header.
    unsafe { view::known(view::field(info, None, |held| held.video_count), out_value) }
}

/// Lifetime figures of an account, and sums over its newest videos (one page).
///
/// Thread safety: it never changes; any number of threads may read it, one frees it.
#[derive(Debug)]
pub struct toklink_account_metrics {
    pub(crate) followers: i64,
    pub(crate) following: i64,
    pub(crate) likes: i64,
    pub(crate) video_count: i64,
    pub(crate) videos_read: usize,
    pub(crate) views: i64,
    pub(crate) video_likes: i64,
    pub(crate) comments: i64,
    pub(crate) shares: i64,
    pub(crate) views_per_video: f64,
    pub(crate) like_rate: f64,
    pub(crate) comment_rate: f64,
    pub(crate) share_rate: f64,
    pub(crate) engagement_rate: f64,
    pub(crate) read_at_ms: i64,
}

impl From<AccountMetrics> for toklink_account_metrics {
    fn from(from: AccountMetrics) -> Self {
        Self {
            followers: from.followers,
            following: from.following,
            likes: from.likes,
            video_count: from.video_count,
            videos_read: usize::try_from(from.videos_read).unwrap_or(usize::MAX),
            views: from.views,
            video_likes: from.video_likes,
            comments: from.comments,
            shares: from.shares,
            views_per_video: from.views_per_video,
            like_rate: from.like_rate,
            comment_rate: from.comment_rate,
            share_rate: from.share_rate,
            engagement_rate: from.engagement_rate,
            read_at_ms: from.read_at.as_millis(),
        }
    }
}

/// Frees it. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_account_metrics_free(metrics: *mut toklink_account_metrics) {
    // SAFETY: the conventions of the header: ours, freed once.
    guard::value((), || unsafe { handle::take(metrics) });
}

/// Followers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_account_metrics_followers(metrics: *const toklink_account_metrics) -> i64 {
    // SAFETY: the conventions of the header.
    unsafe { view::field(metrics, 0, |held| held.followers) }
}

/// Accounts followed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_account_metrics_following(metrics: *const toklink_account_metrics) -> i64 {
    // SAFETY: the conventions of the header.
    unsafe { view::field(metrics, 0, |held| held.following) }
}

/// Likes received over all videos.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_account_metrics_likes(metrics: *const toklink_account_metrics) -> i64 {
    // SAFETY: the conventions of the header.
    unsafe { view::field(metrics, 0, |held| held.likes) }
}

/// Public videos.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_account_metrics_video_count(metrics: *const toklink_account_metrics) -> i64 {
    // SAFETY: the conventions of the header.
    unsafe { view::field(metrics, 0, |held| held.video_count) }
}

/// How many of the newest videos the following sums are over.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_account_metrics_videos_read(
    metrics: *const toklink_account_metrics,
) -> usize {
    // SAFETY: the conventions of the header.
    unsafe { view::field(metrics, 0, |held| held.videos_read) }
}

/// Views of these videos.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_account_metrics_views(metrics: *const toklink_account_metrics) -> i64 {
    // SAFETY: the conventions of the header.
    unsafe { view::field(metrics, 0, |held| held.views) }
}

/// Likes of these videos.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_account_metrics_video_likes(metrics: *const toklink_account_metrics) -> i64 {
    // SAFETY: the conventions of the header.
    unsafe { view::field(metrics, 0, |held| held.video_likes) }
}

/// Comments on these videos.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_account_metrics_comments(metrics: *const toklink_account_metrics) -> i64 {
    // SAFETY: the conventions of the header.
    unsafe { view::field(metrics, 0, |held| held.comments) }
}

/// Shares of these videos.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_account_metrics_shares(metrics: *const toklink_account_metrics) -> i64 {
    // SAFETY: the conventions of the header.
    unsafe { view::field(metrics, 0, |held| held.shares) }
}

/// Views for each of these videos, on average; 0 without videos.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_account_metrics_views_per_video(
    metrics: *const toklink_account_metrics,
) -> f64 {
    // SAFETY: the conventions of the header.
    unsafe { view::field(metrics, 0.0, |held| held.views_per_video) }
}

/// Percent of the views that were liked; 0 without views, as the next ones.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_account_metrics_like_rate(metrics: *const toklink_account_metrics) -> f64 {
    // SAFETY: the conventions of the header.
    unsafe { view::field(metrics, 0.0, |held| held.like_rate) }
}

/// Percent of the views that were commented on.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_account_metrics_comment_rate(
    metrics: *const toklink_account_metrics,
) -> f64 {
    // SAFETY: the conventions of the header.
    unsafe { view::field(metrics, 0.0, |held| held.comment_rate) }
}

/// Percent of the views that were shared.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_account_metrics_share_rate(metrics: *const toklink_account_metrics) -> f64 {
    // SAFETY: the conventions of the header.
    unsafe { view::field(metrics, 0.0, |held| held.share_rate) }
}

/// Percent: (likes + comments + shares) / views * 100 over these videos; 0 without views.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_account_metrics_engagement_rate(
    metrics: *const toklink_account_metrics,
) -> f64 {
    // SAFETY: the conventions of the header.
    unsafe { view::field(metrics, 0.0, |held| held.engagement_rate) }
}

/// When it was read, in milliseconds since 1970 (UTC).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_account_metrics_read_at_ms(metrics: *const toklink_account_metrics) -> i64 {
    // SAFETY: the conventions of the header.
    unsafe { view::field(metrics, 0, |held| held.read_at_ms) }
}

/// The profile. One request. Give it back with `toklink_user_info_free`.
///
/// Errors: those of every request (see docs/ERRORS.md); `TOKLINK_ERR_NOT_FOUND` when no such account is
/// connected.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_client_user_info(
    client: *const toklink_client,
    tenant: toklink_str,
    open_id: toklink_str,
    out_info: *mut *mut toklink_user_info,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the conventions of the header.
        let (out, engine, account) =
            unsafe { (Output::at(out_info)?, engine(client)?, account(tenant, open_id)?) };
        let core = engine.client()?;
        let found = engine.wait("user_info", async move { core.user_info(&account).await })?;
        out.set(handle::give(found.into()));
        Ok(())
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}

/// Figures of the account. Two requests. Give them back with `toklink_account_metrics_free`.
///
/// Errors: those of every request (see docs/ERRORS.md); `TOKLINK_ERR_NOT_FOUND` when no such account is
/// connected. `TOKLINK_ERR_PERMISSION_DENIED` without the scope user.info.stats.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_client_account_metrics(
    client: *const toklink_client,
    tenant: toklink_str,
    open_id: toklink_str,
    out_metrics: *mut *mut toklink_account_metrics,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the conventions of the header.
        let (out, engine, account) =
            unsafe { (Output::at(out_metrics)?, engine(client)?, account(tenant, open_id)?) };
        let core = engine.client()?;
        let found = engine.wait("account_metrics", async move { core.account_metrics(&account).await })?;
        out.set(handle::give(found.into()));
        Ok(())
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}

/// Hears how `toklink_client_account_metrics_async` ended. On `TOKLINK_OK` there are metrics and no error, otherwise an
/// error and no metrics; what there is belongs to the host, who frees it.
pub type toklink_account_metrics_done = Option<
    unsafe extern "C" fn(
        user_data: *mut c_void,
        operation: u64,
        status: toklink_status,
        metrics: *mut toklink_account_metrics,
        error: *mut toklink_error,
    ),
>;

/// `toklink_client_account_metrics` without waiting: see "Operations" at the top.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_client_account_metrics_async(
    client: *const toklink_client,
    tenant: toklink_str,
    open_id: toklink_str,
    done: toklink_account_metrics_done,
    user_data: *mut c_void,
    out_operation: *mut u64,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the conventions of the header.
        let (out, engine, account) =
            unsafe { (Output::at(out_operation)?, engine(client)?, account(tenant, open_id)?) };
        let (core, done) = (engine.client()?, completed(done, user_data)?);
        let name = "account_metrics";
        engine.begin(
            name,
            out,
            |stop| {
                let stop = std::sync::Arc::clone(stop);
                async move { Box::pin(stop.guard(name, core.account_metrics(&account))).await }
            },
            move |id, outcome| {
                let (status, metrics, error) = handed(outcome);
                // SAFETY: the host's own function and pointer; what it is given becomes the host's.
                unsafe { (done.function)(done.user_data.pointer(), id, status, metrics, error) };
            },
        )
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}

/// Forgets what was read of the account, so that the next read asks TikTok. Reads are otherwise shown again for as long as
/// `toklink_client_options_set_cache` says; posts, webhooks and new tokens make the client forget by itself. Nothing is sent.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_client_invalidate_cache(
    client: *const toklink_client,
    tenant: toklink_str,
    open_id: toklink_str,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the conventions of the header.
        let (engine, account) = unsafe { (engine(client)?, account(tenant, open_id)?) };
        engine.client()?.invalidate_cache(&account);
        Ok(())
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}
