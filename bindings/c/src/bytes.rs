//! Bytes of the host.

use core_toklink::{Error, Result};

/// The host's bytes.
///
/// # Safety
/// `data` points to `len` readable bytes that stay as they are for `'a`, or `len` is 0.
pub(crate) unsafe fn bytes_of<'a>(data: *const u8, len: usize, name: &str) -> Result<&'a [u8]> {
    if len == 0 {
        return Ok(&[]);
    }
    if data.is_null() {
        return Err(Error::invalid(format!("{name} is NULL but its length is not 0: pass its bytes")));
    }
    if isize::try_from(len).is_err() {
        return Err(Error::invalid(format!("the length of {name} is impossible: was it initialised?")));
    }
    // SAFETY: not NULL and a possible length; the caller promises that they are readable.
    Ok(unsafe { std::slice::from_raw_parts(data, len) })
}
