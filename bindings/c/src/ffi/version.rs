//! The library's version, for hosts that load the library at run time.

use std::ffi::{CStr, c_char};

/// Increases with every incompatible change of this interface. While it is 0, any minor release may contain one.
pub const TOKLINK_ABI_VERSION: u32 = 0;

const TEXT: &CStr = match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
    Ok(text) => text,
    Err(_) => c"",
};

const PACKED: u32 = decimal(env!("CARGO_PKG_VERSION_MAJOR")) << 16
    | decimal(env!("CARGO_PKG_VERSION_MINOR")) << 8
    | decimal(env!("CARGO_PKG_VERSION_PATCH"));

const fn decimal(text: &str) -> u32 {
    let (mut rest, mut number) = (text.as_bytes(), 0);
    while let [digit, tail @ ..] = rest {
        number = number * 10 + (*digit - b'0') as u32;
        rest = tail;
    }
    assert!(number < 256, "a part of the version needs more than its 8 bits of the packed number");
    number
}

/// Returns the version of the loaded library in the format of `TOKLINK_VERSION`. The string is static.
#[unsafe(no_mangle)]
pub extern "C" fn toklink_version() -> *const c_char {
    TEXT.as_ptr()
}

/// Returns the version of the loaded library in the format of `TOKLINK_VERSION_NUMBER`: major * 65536 + minor * 256 +
/// patch.
#[unsafe(no_mangle)]
pub extern "C" fn toklink_version_number() -> u32 {
    PACKED
}

/// Returns the ABI version of the loaded library. A host that was compiled with another `TOKLINK_ABI_VERSION` must not
/// use the library.
#[unsafe(no_mangle)]
pub extern "C" fn toklink_abi_version() -> u32 {
    TOKLINK_ABI_VERSION
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_number_equals_the_version_text() {
        let parts = [PACKED >> 16, PACKED >> 8 & 0xff, PACKED & 0xff];
        let text = parts.map(|part| part.to_string()).join(".");
        assert_eq!(text.as_bytes(), TEXT.to_bytes());
        assert_eq!([decimal("0"), decimal("12"), decimal("255")], [0, 12, 255]);
    }
}
