//! Captions with hashtags and mentions.

use crate::ffi::error::{made, toklink_error};
use crate::ffi::input;
use crate::ffi::text;
use core_toklink::{Caption, Error, Result};
use std::ffi::c_char;

/// The kind of a caption part.
#[repr(u32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum toklink_caption_kind {
    /// Plain text. The line breaks `\r\n` and `\r` become `\n`.
    TOKLINK_CAPTION_TEXT = 0,
    /// A hashtag, with or without its `#`: letters of any script with their combining marks, decimal digits and `_`.
    TOKLINK_CAPTION_HASHTAG = 1,
    /// A user's handle, with or without its `@`.
    TOKLINK_CAPTION_MENTION = 2,
}

/// One part of a caption.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct toklink_caption_part {
    /// A `toklink_caption_kind`.
    pub kind: u32,
    /// The text of the part.
    pub text: *const c_char,
}

/// Builds a caption from `count` parts. Adds spaces around hashtags and mentions, because TikTok links them only
/// between spaces or line ends. Refuses a caption that TikTok would truncate. `max_units` is the maximum number of
/// UTF-16 code units, 2200 for the title of a video, 90 and 4000 for the title and description of photos; 0: 2200.
/// Returns NULL on failure. Free the string with `toklink_text_free`.
///
/// Errors: `TOKLINK_ERR_INVALID_INPUT` if a hashtag or handle is invalid (the message names the first invalid character
/// and its position), or with `TOKLINK_REASON_TITLE_TOO_LONG` if the caption is too long.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_build_caption(
    parts: *const toklink_caption_part,
    count: usize,
    max_units: usize,
    error: *mut *mut toklink_error,
) -> *mut c_char {
    let work = || {
        // SAFETY: the header requires valid arguments.
        let parts = unsafe { input::array(parts, count, "parts")? };
        // SAFETY: the header requires valid arguments.
        let caption =
            parts.iter().try_fold(Caption::default(), |caption, part| unsafe { added(caption, part) })?;
        let most = if max_units == 0 { 2200 } else { max_units };
        Ok(text::give(&caption.build(most)?)?.cast_const())
    };
    // SAFETY: the header requires valid arguments.
    unsafe { made(error, work) }.cast_mut()
}

/// # Safety
/// The part's text is NULL or a C string.
unsafe fn added(caption: Caption, part: &toklink_caption_part) -> Result<Caption> {
    use toklink_caption_kind::{TOKLINK_CAPTION_HASHTAG, TOKLINK_CAPTION_MENTION, TOKLINK_CAPTION_TEXT};
    // SAFETY: the caller guarantees valid arguments.
    let text = unsafe { input::text(part.text, "text of a caption part")? };
    match part.kind {
        kind if kind == TOKLINK_CAPTION_TEXT as u32 => Ok(caption.text(text)),
        kind if kind == TOKLINK_CAPTION_HASHTAG as u32 => caption.hashtag(text),
        kind if kind == TOKLINK_CAPTION_MENTION as u32 => caption.mention(text),
        kind => Err(Error::invalid(format!("{kind} is not a toklink_caption_kind; use one of its values"))),
    }
}
