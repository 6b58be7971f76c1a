//! Reading a handle's parts: accessors cannot fail, so NULL has an answer of its own.

use crate::guard;
use crate::text::{Text, toklink_str};
use std::ptr;

/// Reads a part, or gives `otherwise` for NULL.
///
/// # Safety
/// NULL, or a value of ours that is not freed during the call.
pub(crate) unsafe fn field<H, T: Copy>(value: *const H, otherwise: T, get: impl FnOnce(&H) -> T) -> T {
    // SAFETY: the caller's promise.
    guard::value(otherwise, || unsafe { value.as_ref() }.map_or(otherwise, get))
}

/// Reads a text; empty for NULL and for what is unknown.
///
/// # Safety
/// As for [`field`].
pub(crate) unsafe fn text<H>(value: *const H, get: impl FnOnce(&H) -> Option<&Text>) -> toklink_str {
    // SAFETY: the caller's promise.
    unsafe { field(value, toklink_str::of(None), |held| toklink_str::of(get(held))) }
}

/// Finds a part, or gives NULL.
///
/// # Safety
/// As for [`field`].
pub(crate) unsafe fn part<H, T>(value: *const H, get: impl FnOnce(&H) -> Option<&T>) -> *const T {
    // SAFETY: the caller's promise.
    unsafe { field(value, ptr::null(), |held| get(held).map_or(ptr::null(), ptr::from_ref)) }
}

/// Writes what is known, and says whether it is.
///
/// # Safety
/// NULL, or writable.
pub(crate) unsafe fn known<T>(value: Option<T>, out: *mut T) -> bool {
    let (Some(value), false) = (value, out.is_null()) else {
        return false;
    };
    // SAFETY: not NULL, and the caller promises that it is writable.
    unsafe { out.write(value) };
    true
}

/// Texts of ours with a NUL behind each.
pub(crate) fn texts(texts: &[String]) -> Vec<Text> {
    texts.iter().map(|text| Text::new(text)).collect()
}

/// A text of ours, if there is one.
pub(crate) fn maybe(text: Option<&str>) -> Option<Text> {
    text.map(Text::new)
}
