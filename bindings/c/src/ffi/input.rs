//! Reads and checks the host's arguments.

use core_toklink::{Error, Result};
use std::ffi::{CStr, c_char};
use std::mem::{MaybeUninit, size_of};

/// Upper bound of `size` in options. A larger value means that the struct is not initialised.
const MAX_OPTIONS_BYTES: usize = 64 * 1024;

/// Reads a string from the host; NULL means empty. The error names the argument but never contains the string, which
/// may be a secret.
///
/// # Safety
/// `text` is NULL or a C string that does not change during `'a`.
pub(crate) unsafe fn text<'a>(text: *const c_char, name: &str) -> Result<&'a str> {
    if text.is_null() {
        return Ok("");
    }
    // SAFETY: not NULL, and the caller guarantees a C string.
    unsafe { CStr::from_ptr(text) }.to_str().map_err(|error| {
        let at = error.valid_up_to();
        Error::invalid(format!("{name} is not UTF-8 at byte {at} (counted from 0); convert it to UTF-8"))
    })
}

/// Reads a string that must not be empty.
///
/// # Safety
/// The same as for [`text`].
pub(crate) unsafe fn required(value: *const c_char, name: &str) -> Result<String> {
    // SAFETY: the caller guarantees valid arguments.
    match unsafe { text(value, name)? } {
        "" => Err(Error::invalid(format!("{name} is missing; pass a non-empty string"))),
        text => Ok(text.to_owned()),
    }
}

/// Reads a string that may be NULL or empty.
///
/// # Safety
/// The same as for [`text`].
pub(crate) unsafe fn optional(value: *const c_char, name: &str) -> Result<Option<String>> {
    // SAFETY: the caller guarantees valid arguments.
    let text = unsafe { text(value, name)? };
    Ok((!text.is_empty()).then(|| text.to_owned()))
}

/// Reads `count` strings.
///
/// # Safety
/// `texts` is NULL or points to `count` C strings.
pub(crate) unsafe fn texts(texts: *const *const c_char, count: usize, name: &str) -> Result<Vec<String>> {
    // SAFETY: the caller guarantees valid arguments.
    let pointers = unsafe { array(texts, count, name)? };
    // SAFETY: the caller guarantees valid arguments.
    pointers.iter().map(|text| unsafe { required(*text, name) }).collect()
}

/// Reads an array from the host.
///
/// # Safety
/// `data` is NULL or points to `count` values that do not change during `'a`.
pub(crate) unsafe fn array<'a, T>(data: *const T, count: usize, name: &str) -> Result<&'a [T]> {
    if count == 0 {
        return Ok(&[]);
    }
    if data.is_null() {
        return Err(Error::invalid(format!(
            "{name} is NULL but its count is {count}; pass the array, or a count of 0"
        )));
    }
    if count.checked_mul(size_of::<T>()).and_then(|bytes| isize::try_from(bytes).ok()).is_none() {
        return Err(Error::invalid(format!(
            "the number of {name} is {count}, which is too large; initialise it"
        )));
    }
    // SAFETY: not NULL, the length fits in `isize`, and the caller guarantees that the values are readable.
    Ok(unsafe { std::slice::from_raw_parts(data, count) })
}

/// A struct of options. Its first field is its size, and a struct of zero bytes means that every option has its
/// default.
///
/// # Safety
/// The struct is `repr(C)`, starts with `size: usize`, and is valid when all its bytes are 0.
pub(crate) unsafe trait Options: Copy {
    /// The name in errors, for example `toklink_options`.
    const NAME: &'static str;

    /// Returns the default options.
    fn defaults() -> Self {
        // SAFETY: the trait guarantees that a struct of zero bytes is valid.
        unsafe { MaybeUninit::<Self>::zeroed().assume_init() }
    }
}

/// Reads options. NULL means that every option has its default. A host with an older header passes fewer bytes; the
/// missing fields have their defaults. A host with a newer header passes more bytes; they must be 0, because this
/// library does not support these fields.
///
/// # Safety
/// `given` is NULL or points to `size` readable bytes, where `size` is the first field.
pub(crate) unsafe fn options<T: Options>(given: *const T) -> Result<T> {
    let mut options = T::defaults();
    if given.is_null() {
        return Ok(options);
    }
    // SAFETY: not NULL, and the first field of options is their size.
    let size = unsafe { given.cast::<usize>().read_unaligned() };
    let name = T::NAME;
    // A size that is not a multiple of the alignment would end inside a pointer.
    if !(size_of::<usize>()..=MAX_OPTIONS_BYTES).contains(&size) || size % align_of::<T>() != 0 {
        let init = name.to_ascii_uppercase();
        return Err(Error::invalid(format!(
            "size of {name} is {size}; initialise the struct with {init}_INIT"
        )));
    }
    // SAFETY: the caller guarantees `size` readable bytes.
    let bytes = unsafe { std::slice::from_raw_parts(given.cast::<u8>(), size) };
    if bytes.get(size_of::<T>()..).unwrap_or_default().iter().any(|byte| *byte != 0) {
        return Err(Error::invalid(format!(
            "{name} sets a field that this library version does not support; use a newer library"
        )));
    }
    let known = size.min(size_of::<T>());
    // SAFETY: both structs have at least `known` bytes, and the host's struct has the same layout in these bytes.
    unsafe { std::ptr::copy_nonoverlapping(given.cast::<u8>(), (&raw mut options).cast::<u8>(), known) };
    Ok(options)
}

/// Returns the error for an argument that is NULL.
pub(crate) fn null(name: &str) -> Error {
    Error::invalid(format!("{name} is NULL; pass a valid pointer"))
}

/// Reads a struct of this library that the host passes back.
///
/// # Safety
/// `value` is NULL or a result of this library that lives for `'a`.
pub(crate) unsafe fn read<'a, T>(value: *const T, name: &str) -> Result<&'a T> {
    // SAFETY: the caller guarantees valid arguments.
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

    // SAFETY: `repr(C)`, starts with its size, and numbers may be 0.
    unsafe impl Options for Three {
        const NAME: &'static str = "toklink_three";
    }

    fn read_as(size: usize, values: [u64; 3]) -> Result<Three> {
        let given = [size as u64, values[0], values[1], values[2]];
        // SAFETY: `size` is at most the size of `given`, or is refused before `given` is read.
        unsafe { options(given.as_ptr().cast::<Three>()) }
    }

    #[test]
    fn options_of_older_and_newer_headers_are_read() {
        let older = read_as(16, [7, 9, 9]).unwrap();
        assert_eq!((older.first, older.second), (7, 0), "what an older host does not have is a default");
        let newer = read_as(32, [7, 8, 0]).unwrap();
        assert_eq!((newer.first, newer.second), (7, 8));
        assert!(read_as(32, [7, 8, 1]).unwrap_err().message().contains("newer library"));
        for size in [0, 7, 12, 1 << 20] {
            assert!(read_as(size, [0; 3]).unwrap_err().message().contains("TOKLINK_THREE_INIT"), "{size}");
        }
        // SAFETY: NULL is allowed.
        assert_eq!(unsafe { options(ptr::null::<Three>()) }.unwrap().first, 0);
    }

    #[test]
    fn error_for_invalid_utf8_names_the_argument_only() {
        let given = c"s3cret\xff";
        // SAFETY: the arguments are C strings or NULL.
        let message = unsafe { text(given.as_ptr(), "the path") }.unwrap_err().message().to_owned();
        assert!(message.contains("the path is not UTF-8 at byte 6") && !message.contains("s3cret"));
        // SAFETY: see above.
        unsafe {
            assert!(required(c"".as_ptr(), "the id").is_err() && required(ptr::null(), "the id").is_err());
            assert_eq!(optional(ptr::null(), "x").unwrap(), None);
            assert!(array(ptr::null::<u8>(), 3, "the body").is_err());
            assert!(array(c"x".as_ptr(), usize::MAX, "the body").is_err());
        }
    }
}
