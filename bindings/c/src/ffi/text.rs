//! Texts that the host frees.

use crate::ffi::guard;
use core_toklink::{Error, ErrorKind, Result};
use std::ffi::{CString, c_char};

/// Passes a text to the host, which frees it with `toklink_text_free`.
///
/// # Errors
/// `Integrity` for text with a NUL, which would end a C string early.
pub(crate) fn give(text: &str) -> Result<*mut c_char> {
    let refused = |_| {
        let sentence = "the value contains a NUL byte, so it is not text that this library encrypted";
        Error::new(ErrorKind::Integrity, sentence)
    };
    Ok(CString::new(text).map_err(refused)?.into_raw())
}

/// Frees a text that a function of this header returned as `char *`. First overwrites its bytes with zeros, because
/// they may be a token. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_text_free(text: *mut c_char) {
    guard::value((), || {
        if text.is_null() {
            return;
        }
        // SAFETY: made by `give` and freed once, as the header requires.
        let mut bytes = unsafe { CString::from_raw(text) }.into_bytes();
        bytes.fill(0);
        std::hint::black_box(&bytes);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_with_a_nul_is_rejected() {
        assert_eq!(give("a\0b").unwrap_err().kind(), ErrorKind::Integrity);
        let text = give("token").unwrap();
        // SAFETY: just made; NULL is allowed.
        unsafe {
            toklink_text_free(text);
            toklink_text_free(std::ptr::null_mut());
        }
    }
}
