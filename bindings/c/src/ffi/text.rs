//! Strings that the host frees.

use crate::ffi::guard;
use core_toklink::{Error, ErrorKind, Result};
use std::ffi::{CString, c_char};

/// Passes a string to the host, which frees it with `toklink_text_free`.
///
/// # Errors
/// `Integrity` if the string contains a NUL, because a C string would end there.
pub(crate) fn give(text: &str) -> Result<*mut c_char> {
    let refused = |_| {
        let sentence = "the value contains a NUL byte, so it is not text that this library encrypted";
        Error::new(ErrorKind::Integrity, sentence)
    };
    Ok(CString::new(text).map_err(refused)?.into_raw())
}

/// Frees a string that a function of this header returned as `char *`. Overwrites the bytes with zeros first, because
/// they may be a token. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_text_free(text: *mut c_char) {
    guard::value((), || {
        if text.is_null() {
            return;
        }
        // SAFETY: `give` created it, and the header requires that it is freed once.
        let mut bytes = unsafe { CString::from_raw(text) }.into_bytes();
        bytes.fill(0);
        std::hint::black_box(&bytes);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn string_with_a_nul_is_refused() {
        assert_eq!(give("a\0b").unwrap_err().kind(), ErrorKind::Integrity);
        let text = give("token").unwrap();
        // SAFETY: `give` created the string, and NULL is allowed.
        unsafe {
            toklink_text_free(text);
            toklink_text_free(std::ptr::null_mut());
        }
    }
}
