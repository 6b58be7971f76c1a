//! Checks the host's arguments once, before any work is done.

use core_toklink::{Error, Result};
use std::ffi::{CStr, c_char};
use std::mem::{MaybeUninit, size_of};

/// The maximum size of options. A larger `size` was not initialised.
const MAX_OPTIONS_BYTES: usize = 64 * 1024;

/// Reads a text from the host. NULL counts as empty. The error names the argument, and never contains the text, which
/// may be a secret.
///
/// # Safety
/// NULL, or a C string that stays as it is for `'a`.
pub(crate) unsafe fn text<'a>(text: *const c_char, name: &str) -> Result<&'a str> {
    if text.is_null() {
        return Ok("");
    }
    // SAFETY: not NULL, and a C string: guaranteed by the caller.
    unsafe { CStr::from_ptr(text) }.to_str().map_err(|error| {
        let at = error.valid_up_to();
        Error::invalid(format!("{name} is not UTF-8 at byte {at} (counted from 0); convert it first"))
    })
}

/// Reads a required text.
///
/// # Safety
/// As for [`text`].
pub(crate) unsafe fn required(value: *const c_char, name: &str) -> Result<String> {
    // SAFETY: guaranteed by the caller.
    match unsafe { text(value, name)? } {
        "" => Err(Error::invalid(format!("{name} is missing; pass a text that is not empty"))),
        text => Ok(text.to_owned()),
    }
}

/// Reads a text that may be NULL or empty.
///
/// # Safety
/// As for [`text`].
pub(crate) unsafe fn optional(value: *const c_char, name: &str) -> Result<Option<String>> {
    // SAFETY: guaranteed by the caller.
    let text = unsafe { text(value, name)? };
    Ok((!text.is_empty()).then(|| text.to_owned()))
}

/// Reads `count` texts.
///
/// # Safety
/// `texts` is NULL or points to `count` C strings.
pub(crate) unsafe fn texts(texts: *const *const c_char, count: usize, name: &str) -> Result<Vec<String>> {
    // SAFETY: guaranteed by the caller.
    let pointers = unsafe { array(texts, count, name)? };
    // SAFETY: guaranteed by the caller.
    pointers.iter().map(|text| unsafe { required(*text, name) }).collect()
}

/// Reads an array of the host.
///
/// # Safety
/// `data` is NULL or points to `count` values that stay as they are for `'a`.
pub(crate) unsafe fn array<'a, T>(data: *const T, count: usize, name: &str) -> Result<&'a [T]> {
    if count == 0 {
        return Ok(&[]);
    }
    if data.is_null() {
        return Err(Error::invalid(format!("{name} is NULL, but its count is {count}; pass the items")));
    }
    if count.checked_mul(size_of::<T>()).and_then(|bytes| isize::try_from(bytes).ok()).is_none() {
        return Err(Error::invalid(format!("the count of {name} is too large; initialise it")));
    }
    // SAFETY: not NULL and a possible length; the caller promises that they are readable.
    Ok(unsafe { std::slice::from_raw_parts(data, count) })
}

/// A struct of options. Its first field is its size, and a struct of zero bytes is valid and contains every default.
///
/// # Safety
/// The struct is `repr(C)`, starts with `size: usize`, and is valid when all of its bytes are 0.
pub(crate) unsafe trait Options: Copy {
    /// The name in errors, for example `toklink_options`.
    const NAME: &'static str;

    /// Returns the options with every default.
    fn defaults() -> Self {
        // SAFETY: all bytes 0 is valid: guaranteed by the trait.
        unsafe { MaybeUninit::<Self>::zeroed().assume_init() }
    }
}

/// Reads options. NULL contains every default. A host with an older header passes fewer bytes, and the remaining fields
/// get their defaults. A host with a newer header passes more bytes, which must be 0, because this library does not
/// support those fields.
///
/// # Safety
/// NULL, or `size` readable bytes, the first of which are the size.
pub(crate) unsafe fn options<T: Options>(given: *const T) -> Result<T> {
    let mut options = T::defaults();
    if given.is_null() {
        return Ok(options);
    }
    // SAFETY: not NULL, and options start with their size.
    let size = unsafe { given.cast::<usize>().read_unaligned() };
    let name = T::NAME;
    if !(size_of::<usize>()..=MAX_OPTIONS_BYTES).contains(&size) {
        let init = name.to_ascii_uppercase();
        return Err(Error::invalid(format!(
            "the size of {name} is {size}, which is invalid; initialise it with {init}_INIT"
        )));
    }
    // SAFETY: the caller promises `size` readable bytes.
    let bytes = unsafe { std::slice::from_raw_parts(given.cast::<u8>(), size) };
    if bytes.get(size_of::<T>()..).unwrap_or_default().iter().any(|byte| *byte != 0) {
        return Err(Error::invalid(format!(
            "{name} sets a field that this version of the library does not know; use a newer library"
        )));
    }
    let known = size.min(size_of::<T>());
    // SAFETY: both are at least `known` bytes; the host filled its part with a struct of an equal layout.
    unsafe { std::ptr::copy_nonoverlapping(given.cast::<u8>(), (&raw mut options).cast::<u8>(), known) };
    Ok(options)
}

/// Returns the error for an argument that is NULL.
pub(crate) fn null(name: &str) -> Error {
    Error::invalid(format!("{name} is NULL; pass one that the library returned and that is not freed"))
}

/// Reads a struct that this library returned earlier.
///
/// # Safety
/// NULL, or a result of ours that lives for `'a`.
pub(crate) unsafe fn read<'a, T>(value: *const T, name: &str) -> Result<&'a T> {
    // SAFETY: guaranteed by the caller.
    unsafe { value.as_ref() }.ok_or_else(|| null(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ptr;

    #[repr(C)]
    #[derive(Debug, Clone, Copy)]
    struct Three {
        size: usize,
        first: u64,
        second: u64,
    }

    // SAFETY: `repr(C)`, starts with its size, and zero is valid for numbers.
    unsafe impl Options for Three {
        const NAME: &'static str = "toklink_three";
    }

    fn read_as(size: usize, values: [u64; 3]) -> Result<Three> {
        let given = [size as u64, values[0], values[1], values[2]];
        // SAFETY: `size` is at most the bytes of `given` except where it is refused before they are read.
        unsafe { options(given.as_ptr().cast::<Three>()) }
    }

    #[test]
    fn options_of_other_versions_keep_their_known_fields() {
        let older = read_as(16, [7, 9, 9]).unwrap();
        assert_eq!((older.first, older.second), (7, 0), "what an older host does not have is a default");
        let newer = read_as(32, [7, 8, 0]).unwrap();
        assert_eq!((newer.first, newer.second), (7, 8));
        assert!(read_as(32, [7, 8, 1]).unwrap_err().message().contains("newer library"));
        for size in [0, 7, 1 << 20] {
            assert!(read_as(size, [0; 3]).unwrap_err().message().contains("TOKLINK_THREE_INIT"), "{size}");
        }
        // SAFETY: NULL is allowed.
        assert_eq!(unsafe { options(ptr::null::<Three>()) }.unwrap().first, 0);
    }

    #[test]
    fn error_for_invalid_text_has_its_name_but_not_its_bytes() {
        let given = c"s3cret\xff";
        // SAFETY: C strings, and NULL.
        let message = unsafe { text(given.as_ptr(), "the path") }.unwrap_err().message().to_owned();
        assert!(message.contains("the path is not UTF-8 at byte 6") && !message.contains("s3cret"));
        // SAFETY: as above.
        unsafe {
            assert!(required(c"".as_ptr(), "the id").is_err() && required(ptr::null(), "the id").is_err());
            assert_eq!(optional(ptr::null(), "x").unwrap(), None);
            assert!(array(ptr::null::<u8>(), 3, "the body").is_err());
            assert!(array(c"x".as_ptr(), usize::MAX, "the body").is_err());
        }
    }
}
