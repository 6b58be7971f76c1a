//! What a creator may post.

use crate::client::{account, engine, toklink_client};
use crate::error::toklink_error;
use crate::handle::Output;
use crate::status::toklink_status;
use crate::text::{Text, toklink_str};
use crate::view::{self, maybe, texts};
use crate::{guard, handle};
use core_toklink::{CreatorInfo, PrivacyLevel};

/// What the creator may post now. A post page must ask each time it is shown.
///
/// Thread safety: it never changes; any number of threads may read it, one frees it.
#[derive(Debug)]
pub struct toklink_creator_info {
    pub(crate) username: Text,
    pub(crate) nickname: Text,
    pub(crate) avatar_url: Option<Text>,
    pub(crate) privacy_levels: Vec<Text>,
    pub(crate) comment_disabled: bool,
    pub(crate) duet_disabled: bool,
    pub(crate) stitch_disabled: bool,
    pub(crate) max_video_duration_sec: u32,
}

impl From<CreatorInfo> for toklink_creator_info {
    fn from(from: CreatorInfo) -> Self {
        Self {
            username: Text::new(&from.username),
            nickname: Text::new(&from.nickname),
            avatar_url: maybe(from.avatar_url.as_deref()),
            privacy_levels: texts(
                &from
                    .privacy_level_options
                    .into_iter()
                    .map(|level| PrivacyLevel::as_str(level).to_owned())
                    .collect::<Vec<_>>(),
            ),
            comment_disabled: from.comment_disabled,
            duet_disabled: from.duet_disabled,
            stitch_disabled: from.stitch_disabled,
            max_video_duration_sec: from.max_video_post_duration_sec,
        }
    }
}

/// Frees it and every view of its texts. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_creator_info_free(info: *mut toklink_creator_info) {
    // SAFETY: the conventions of the header: ours, freed once.
    guard::value((), || unsafe { handle::take(info) });
}

/// The handle without `@`. Lives as long as the creator info.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_creator_info_username(info: *const toklink_creator_info) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { view::text(info, |held| Some(&held.username)) }
}

/// The nickname. Lives as long as the creator info.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_creator_info_nickname(info: *const toklink_creator_info) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { view::text(info, |held| Some(&held.nickname)) }
}

/// A signed picture URL, good for hours; empty when there is none. Lives as long as the creator info.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_creator_info_avatar_url(info: *const toklink_creator_info) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { view::text(info, |held| held.avatar_url.as_ref()) }
}

/// How many privacy levels the creator may choose from.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_creator_info_privacy_level_count(
    info: *const toklink_creator_info,
) -> usize {
    // SAFETY: the conventions of the header.
    unsafe { view::field(info, 0, |held| held.privacy_levels.len()) }
}

/// The privacy level at `index` in TikTok's spelling, for example `SELF_ONLY`; empty beyond the last. Lives as
/// long as the creator info.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_creator_info_privacy_level_at(
    info: *const toklink_creator_info,
    index: usize,
) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { view::text(info, |held| held.privacy_levels.get(index)) }
}

/// Whether the creator has comments off.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_creator_info_comment_disabled(info: *const toklink_creator_info) -> bool {
    // SAFETY: the conventions of the header.
    unsafe { view::field(info, false, |held| held.comment_disabled) }
}

/// Whether the creator has duets off.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_creator_info_duet_disabled(info: *const toklink_creator_info) -> bool {
    // SAFETY: the conventions of the header.
    unsafe { view::field(info, false, |held| held.duet_disabled) }
}

/// Whether the creator has stitches off.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_creator_info_stitch_disabled(info: *const toklink_creator_info) -> bool {
    // SAFETY: the conventions of the header.
    unsafe { view::field(info, false, |held| held.stitch_disabled) }
}

/// The longest video that the creator may post, in seconds.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_creator_info_max_video_duration_sec(
    info: *const toklink_creator_info,
) -> u32 {
    // SAFETY: the conventions of the header.
    unsafe { view::field(info, 0, |held| held.max_video_duration_sec) }
}

/// Asks what the creator may post now. One request. Give it back with `toklink_creator_info_free`.
///
/// Errors: those of every request (see docs/ERRORS.md); `TOKLINK_ERR_NOT_FOUND` when no such account is
/// connected.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_client_creator_info(
    client: *const toklink_client,
    tenant: toklink_str,
    open_id: toklink_str,
    out_info: *mut *mut toklink_creator_info,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the conventions of the header.
        let (out, engine, account) =
            unsafe { (Output::at(out_info)?, engine(client)?, account(tenant, open_id)?) };
        let core = engine.client()?;
        let found = engine.wait("creator_info", async move { core.creator_info(&account).await })?;
        out.set(handle::give(found.into()));
        Ok(())
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}
