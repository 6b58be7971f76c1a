//! Text that crosses the boundary: a view that owns nothing, and a buffer that the host frees.

use crate::guard;
use core_toklink::{Error, Result};
use std::ffi::c_char;
use std::ptr;

/// UTF-8 text that belongs to somebody else.
///
/// Into the library: `len` bytes without a NUL among them, which must stay as they are until the call returns;
/// `data` may be NULL when `len` is 0. Out of the library: valid as long as its owner, never NULL, and a NUL byte
/// follows the last byte, so that `data` also serves as a C string.
///
/// Thread safety: a plain value.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct toklink_str {
    /// The first byte.
    pub data: *const c_char,
    /// Bytes, without the NUL that may follow them.
    pub len: usize,
}

/// Bytes that the library made for the host: give them back with `toklink_buf_free`.
///
/// A NUL byte follows the last byte, so that text in it also serves as a C string. An empty one is `{NULL, 0}`.
///
/// Thread safety: use one from one thread at a time.
#[repr(C)]
#[derive(Debug)]
pub struct toklink_buf {
    /// The first byte, or NULL when the buffer was never filled or has been freed.
    pub data: *mut c_char,
    /// Bytes, without the NUL that follows them.
    pub len: usize,
}

/// Text of ours with a NUL behind it, so that a view of it serves both kinds of hosts.
#[derive(Debug)]
pub(crate) struct Text(Box<[u8]>);

impl Text {
    /// Keeps `text`. A NUL within it becomes a space: it would cut the text short for a host that reads C strings.
    pub(crate) fn new(text: &str) -> Self {
        let mut bytes = Vec::with_capacity(text.len() + 1);
        bytes.extend(text.bytes().map(|byte| if byte == 0 { b' ' } else { byte }));
        bytes.push(0);
        Self(bytes.into_boxed_slice())
    }

    /// Keeps text that must come back byte for byte.
    ///
    /// # Errors
    /// `Integrity` for text with a NUL, which a host that reads C strings would cut short.
    pub(crate) fn exact(text: &str) -> Result<Self> {
        if text.contains('\0') {
            let sentence = "the value has a NUL byte in it, so it is not text that this library sealed";
            return Err(Error::new(core_toklink::ErrorKind::Integrity, sentence));
        }
        Ok(Self::new(text))
    }

    pub(crate) fn view(&self) -> toklink_str {
        toklink_str { data: self.0.as_ptr().cast(), len: self.0.len().saturating_sub(1) }
    }

    /// The text without its NUL.
    pub(crate) fn as_str(&self) -> &str {
        let bytes = self.0.split_last().map_or(&[][..], |(_nul, text)| text);
        std::str::from_utf8(bytes).unwrap_or_default()
    }

    /// Hands the bytes over; `toklink_buf_free` takes them back.
    pub(crate) fn into_buf(self) -> toklink_buf {
        let len = self.0.len().saturating_sub(1);
        toklink_buf { data: Box::into_raw(self.0).cast(), len }
    }
}

impl toklink_buf {
    /// A buffer that was never filled.
    pub(crate) const fn empty() -> Self {
        Self { data: ptr::null_mut(), len: 0 }
    }
}

impl toklink_str {
    /// A view of text that lives as long as the program.
    pub(crate) const fn constant(text: &'static std::ffi::CStr) -> Self {
        Self { data: text.as_ptr(), len: text.count_bytes() }
    }

    /// A view of the text, or of nothing.
    pub(crate) fn of(text: Option<&Text>) -> Self {
        text.map_or(Self::constant(c""), Text::view)
    }

    /// Reads what the host gave; `name` is what the error calls it. The text itself is never repeated, since it
    /// may be a secret.
    ///
    /// # Safety
    /// `data` points to `len` readable bytes, or `len` is 0; they stay as they are for `'a`.
    pub(crate) unsafe fn read<'a>(self, name: &str) -> Result<&'a str> {
        if self.len == 0 {
            return Ok("");
        }
        if self.data.is_null() {
            return Err(Error::invalid(format!("{name} is NULL but its length is not 0: pass its bytes")));
        }
        if isize::try_from(self.len).is_err() {
            return Err(Error::invalid(format!("the length of {name} is impossible: was it initialised?")));
        }
        // SAFETY: not NULL and a possible length, both just checked; the caller promises that they are readable.
        let bytes = unsafe { std::slice::from_raw_parts(self.data.cast::<u8>(), self.len) };
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let at = error.valid_up_to();
            Error::invalid(format!("{name} is not UTF-8 at byte {at} (counted from 0): convert it first"))
        })?;
        if let Some(at) = text.find('\0') {
            return Err(Error::invalid(format!(
                "{name} has a NUL byte at byte {at}: pass the text before it"
            )));
        }
        Ok(text)
    }
}

/// A view of a C string. NULL gives empty text. The bytes stay the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_str_from(text: *const c_char) -> toklink_str {
    guard::value(toklink_str::constant(c""), || {
        if text.is_null() {
            return toklink_str::constant(c"");
        }
        // SAFETY: not NULL, and the caller promises a string that ends with a NUL.
        let len = unsafe { std::ffi::CStr::from_ptr(text) }.count_bytes();
        toklink_str { data: text, len }
    })
}

/// Frees the bytes and makes the buffer empty. NULL and an empty buffer are fine, so that a second call is harmless.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_buf_free(buf: *mut toklink_buf) {
    guard::value((), || {
        // SAFETY: NULL, or a buffer that the caller owns and no other thread uses.
        let Some(buf) = (unsafe { buf.as_mut() }) else {
            return;
        };
        let (data, len) = (std::mem::replace(&mut buf.data, ptr::null_mut()), std::mem::take(&mut buf.len));
        if data.is_null() {
            return;
        }
        let bytes = ptr::slice_from_raw_parts_mut(data.cast::<u8>(), len.saturating_add(1));
        // SAFETY: `Text::into_buf` made it from a box of exactly `len + 1` bytes, and it is freed once: the buffer
        // is empty now.
        drop(unsafe { Box::from_raw(bytes) });
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(bytes: &[u8]) -> toklink_str {
        toklink_str { data: bytes.as_ptr().cast(), len: bytes.len() }
    }

    fn refusal(text: toklink_str) -> String {
        // SAFETY: each text here is NULL or points to as many bytes as it says, except where the length is checked
        // before any byte is read.
        unsafe { text.read("the path") }.unwrap_err().message().to_owned()
    }

    #[test]
    fn text_that_is_no_text_is_refused_with_its_name_and_without_its_bytes() {
        assert!(refusal(given(b"s3cret\xff")).contains("the path is not UTF-8 at byte 6"));
        assert!(!refusal(given(b"s3cret\xff")).contains("s3cret"));
        assert!(refusal(given(b"a\0b")).contains("a NUL byte at byte 1"));
        assert!(refusal(toklink_str { data: ptr::null(), len: 3 }).contains("NULL"));
        assert!(refusal(toklink_str { data: c"x".as_ptr(), len: usize::MAX }).contains("impossible"));
    }

    #[test]
    fn nothing_is_empty_text() {
        let nothing = toklink_str { data: ptr::null(), len: 0 };
        // SAFETY: a length of 0 is never read.
        assert_eq!(unsafe { nothing.read("x") }.unwrap(), "");
    }

    #[test]
    fn a_buffer_ends_with_a_nul_and_may_be_freed_twice() {
        let mut buf = Text::new("a\0b").into_buf();
        // SAFETY: just made, and terminated.
        assert_eq!(unsafe { std::ffi::CStr::from_ptr(buf.data) }, c"a b");
        assert_eq!(buf.len, 3);
        for _ in 0..2 {
            // SAFETY: ours; empty the second time.
            unsafe { toklink_buf_free(&raw mut buf) };
            assert!(buf.data.is_null() && buf.len == 0);
        }
        // SAFETY: NULL is allowed.
        unsafe { toklink_buf_free(ptr::null_mut()) };
    }
}
