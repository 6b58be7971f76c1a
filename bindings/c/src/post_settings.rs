//! How a post is shown.

use crate::error::toklink_error;
use crate::publish_request::toklink_publish_request;
use crate::status::toklink_status;
use crate::text::toklink_str;
use crate::{guard, handle};
use core_toklink::{Error, PrivacyLevel};

/// Which photo is the cover, from 0. Default: 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_publish_request_set_cover_index(
    request: *mut toklink_publish_request,
    value: usize,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the conventions of the header.
        let request = unsafe { handle::change(request, "the publish request")? };
        request.cover_index = value;
        Ok(())
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}

/// Sets the caption, with `#tags` and `@handles`; of photos the title. At most 2,200 UTF-16 code units, 90 for
/// photos. A line break is counted and sent as `\n`, also when it is given as `\r\n` or `\r`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_publish_request_set_title(
    request: *mut toklink_publish_request,
    value: toklink_str,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the conventions of the header.
        let (request, value) =
            unsafe { (handle::change(request, "the publish request")?, value.read("the title")?.to_owned()) };
        request.post.title = value;
        Ok(())
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}

/// Sets the text below photos, at most 4,000 UTF-16 code units; videos have none. Line breaks as in the title.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_publish_request_set_description(
    request: *mut toklink_publish_request,
    value: toklink_str,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the conventions of the header.
        let (request, value) = unsafe {
            (handle::change(request, "the publish request")?, value.read("the description")?.to_owned())
        };
        request.post.description = value;
        Ok(())
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}

/// Whether others may comment. Default: false.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_publish_request_set_allow_comment(
    request: *mut toklink_publish_request,
    value: bool,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the conventions of the header.
        let request = unsafe { handle::change(request, "the publish request")? };
        request.post.allow_comment = value;
        Ok(())
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}

/// Whether others may make a duet; videos only. Default: false.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_publish_request_set_allow_duet(
    request: *mut toklink_publish_request,
    value: bool,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the conventions of the header.
        let request = unsafe { handle::change(request, "the publish request")? };
        request.post.allow_duet = value;
        Ok(())
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}

/// Whether others may stitch; videos only. Default: false.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_publish_request_set_allow_stitch(
    request: *mut toklink_publish_request,
    value: bool,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the conventions of the header.
        let request = unsafe { handle::change(request, "the publish request")? };
        request.post.allow_stitch = value;
        Ok(())
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}

/// Sets the frame used as cover, in milliseconds; videos only. Default: the first frame. TikTok applies it to posts that are
/// `PUBLIC_TO_EVERYONE`; the outcome of any other post warns of it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_publish_request_set_cover_timestamp_ms(
    request: *mut toklink_publish_request,
    value: u32,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the conventions of the header.
        let request = unsafe { handle::change(request, "the publish request")? };
        request.post.cover_timestamp_ms = Some(value);
        Ok(())
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}

/// Whether it is a paid partnership with a third party. Default: false.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_publish_request_set_brand_content(
    request: *mut toklink_publish_request,
    value: bool,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the conventions of the header.
        let request = unsafe { handle::change(request, "the publish request")? };
        request.post.brand_content = value;
        Ok(())
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}

/// Whether it promotes the creator's own business. Default: false.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_publish_request_set_brand_organic(
    request: *mut toklink_publish_request,
    value: bool,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the conventions of the header.
        let request = unsafe { handle::change(request, "the publish request")? };
        request.post.brand_organic = value;
        Ok(())
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}

/// Whether it is labelled as made by AI. Default: false.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_publish_request_set_is_aigc(
    request: *mut toklink_publish_request,
    value: bool,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the conventions of the header.
        let request = unsafe { handle::change(request, "the publish request")? };
        request.post.is_aigc = value;
        Ok(())
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}

/// Whether TikTok adds music that it recommends; photos only. Default: false.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_publish_request_set_auto_add_music(
    request: *mut toklink_publish_request,
    value: bool,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the conventions of the header.
        let request = unsafe { handle::change(request, "the publish request")? };
        request.post.auto_add_music = value;
        Ok(())
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}

/// Who may see the post, in TikTok's spelling: one of `toklink_creator_info_privacy_level_at`. Required without a default
/// for all but drafts.
///
/// Errors: `TOKLINK_ERR_INVALID_INPUT` for another text.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_publish_request_set_privacy_level(
    request: *mut toklink_publish_request,
    level: toklink_str,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the conventions of the header.
        let (request, level) =
            unsafe { (handle::change(request, "the publish request")?, level.read("the privacy level")?) };
        let unknown =
            || Error::invalid("this is no privacy level of TikTok's; offer those of the creator info");
        request.post.privacy_level = Some(PrivacyLevel::parse(level).ok_or_else(unknown)?);
        Ok(())
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}
