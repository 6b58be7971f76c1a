//! Captions with hashtags and mentions.

use crate::error::toklink_error;
use crate::handle::Output;
use crate::status::toklink_status;
use crate::text::{Text, toklink_buf, toklink_str};
use crate::{guard, handle, view};
use core_toklink::{Caption, Result};

/// A caption that is put together part by part. TikTok links `#tag` and `@handle` when a space or a line's end is on either
/// side, so these are put there. What TikTok would cut or not link is refused, and leaves the caption as it was.
///
/// Thread safety: use one from one thread at a time.
#[derive(Debug, Default)]
pub struct toklink_caption(Caption);

/// Adds one part.
///
/// # Safety
/// `caption` is NULL or ours and used by no other thread, `part` is readable, `error` NULL or writable.
unsafe fn add(
    caption: *mut toklink_caption,
    part: toklink_str,
    name: &str,
    error: *mut *mut toklink_error,
    put: impl FnOnce(Caption, &str) -> Result<Caption>,
) -> toklink_status {
    let work = || {
        // SAFETY: the caller's promises.
        let (caption, part) = unsafe { (handle::change(caption, "the caption")?, part.read(name)?) };
        caption.0 = put(caption.0.clone(), part)?;
        Ok(())
    };
    // SAFETY: the caller's promise about `error`.
    unsafe { guard::call(error, work) }
}

/// An empty caption. Give it back with `toklink_caption_free`. NULL only after a fault of the library.
#[unsafe(no_mangle)]
pub extern "C" fn toklink_caption_new() -> *mut toklink_caption {
    guard::value(std::ptr::null_mut(), || handle::give(toklink_caption::default()))
}

/// Frees the caption; what was built from it stays. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_caption_free(caption: *mut toklink_caption) {
    // SAFETY: the conventions of the header: ours, freed once.
    guard::value((), || unsafe { handle::take(caption) });
}

/// Adds plain text. A line break is counted and built as `\n`, also when it is given as `\r\n` or `\r`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_caption_add_text(
    caption: *mut toklink_caption,
    words: toklink_str,
    error: *mut *mut toklink_error,
) -> toklink_status {
    // SAFETY: the conventions of the header.
    unsafe { add(caption, words, "the text", error, |caption, words| Ok(caption.text(words))) }
}

/// Adds a hashtag, given with or without its `#` or full-width U+FF03. The rest must be letters of any script with their
/// combining marks, decimal digits and `_`, and must not start with a mark.
///
/// Errors: `TOKLINK_ERR_INVALID_INPUT` when it is empty or holds another character (spaces, punctuation, symbols, emoji,
/// zero-width characters, another `#`). The message names the first such character and its position.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_caption_add_hashtag(
    caption: *mut toklink_caption,
    tag: toklink_str,
    error: *mut *mut toklink_error,
) -> toklink_status {
    // SAFETY: the conventions of the header.
    unsafe { add(caption, tag, "the hashtag", error, Caption::hashtag) }
}

/// Mentions a handle, given with or without its `@`.
///
/// Errors: `TOKLINK_ERR_INVALID_INPUT` when it cannot be a handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_caption_add_mention(
    caption: *mut toklink_caption,
    username: toklink_str,
    error: *mut *mut toklink_error,
) -> toklink_status {
    // SAFETY: the conventions of the header.
    unsafe { add(caption, username, "the handle", error, Caption::mention) }
}

/// How long the caption is, in the UTF-16 code units that TikTok counts; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_caption_utf16_units(caption: *const toklink_caption) -> usize {
    // SAFETY: the conventions of the header.
    unsafe { view::field(caption, 0, |held| held.0.utf16_units()) }
}

/// The caption, if it has at most `most_units` UTF-16 code units (a video's title has 2200, a photo post's title 90 and its
/// description 4000); it is never cut. Give the buffer back with `toklink_buf_free`.
///
/// Errors: `TOKLINK_ERR_INVALID_INPUT` when it is longer, with how much.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_caption_build(
    caption: *const toklink_caption,
    most_units: usize,
    out_caption: *mut toklink_buf,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the conventions of the header.
        let (out, caption) = unsafe { (Output::at(out_caption)?, handle::read(caption, "the caption")?) };
        out.set(Text::new(&caption.0.clone().build(most_units)?).into_buf());
        Ok(())
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}
