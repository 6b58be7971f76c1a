//! The numbers of statuses and owners. A number never changes its meaning.

use core_toklink::{ErrorKind, Owner};
use std::ffi::c_char;

/// The result of a call, which determines what to do next. Later versions add numbers; treat an unknown number like
/// `TOKLINK_ERR_INTERNAL`.
#[repr(u32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum toklink_status {
    /// The call succeeded.
    TOKLINK_OK = 0,
    /// The configuration is invalid (a missing key, a malformed URL): correct the setting.
    TOKLINK_ERR_CONFIG = 1,
    /// An argument is invalid: correct the call.
    TOKLINK_ERR_INVALID_INPUT = 2,
    /// The user's consent is missing, expired or revoked: ask the user to connect again.
    TOKLINK_ERR_UNAUTHORIZED = 3,
    /// The user did not grant a scope, the app lacks an approval or audit, or the publish or login belongs to another
    /// user.
    TOKLINK_ERR_PERMISSION_DENIED = 4,
    /// A one-minute quota window is full: wait for the error's `retry_after_ms`.
    TOKLINK_ERR_RATE_LIMITED = 5,
    /// A daily or per-account limit is used up: retry the next day, or post or delete a pending draft.
    TOKLINK_ERR_QUOTA_EXHAUSTED = 6,
    /// The account, video, publish or file does not exist.
    TOKLINK_ERR_NOT_FOUND = 7,
    /// TikTok refused the content: change it before the next attempt.
    TOKLINK_ERR_REJECTED = 8,
    /// TikTok, the network or the store did not respond as expected: retry later.
    TOKLINK_ERR_UNAVAILABLE = 9,
    /// An encrypted value, a login state or a signature is invalid.
    TOKLINK_ERR_INTEGRITY = 10,
    /// The call conflicts with an earlier attempt, or that attempt's outcome is unknown: check `reason` of the error.
    TOKLINK_ERR_CONFLICT = 11,
    /// The caller cancelled the operation.
    TOKLINK_ERR_CANCELLED = 12,
    /// The client was closed.
    TOKLINK_ERR_CLOSED = 13,
    /// A bug in toklink: please report it.
    TOKLINK_ERR_INTERNAL = 14,
    /// The library caught a panic, which is a bug in toklink: please report it.
    TOKLINK_ERR_PANIC = 1000,
}

use toklink_status::{
    TOKLINK_ERR_CANCELLED, TOKLINK_ERR_CLOSED, TOKLINK_ERR_CONFIG, TOKLINK_ERR_CONFLICT,
    TOKLINK_ERR_INTEGRITY, TOKLINK_ERR_INTERNAL, TOKLINK_ERR_INVALID_INPUT, TOKLINK_ERR_NOT_FOUND,
    TOKLINK_ERR_PANIC, TOKLINK_ERR_PERMISSION_DENIED, TOKLINK_ERR_QUOTA_EXHAUSTED, TOKLINK_ERR_RATE_LIMITED,
    TOKLINK_ERR_REJECTED, TOKLINK_ERR_UNAUTHORIZED, TOKLINK_ERR_UNAVAILABLE, TOKLINK_OK,
};

const NAMES: [(toklink_status, &std::ffi::CStr); 16] = [
    (TOKLINK_OK, c"OK"),
    (TOKLINK_ERR_CONFIG, c"CONFIG"),
    (TOKLINK_ERR_INVALID_INPUT, c"INVALID_INPUT"),
    (TOKLINK_ERR_UNAUTHORIZED, c"UNAUTHORIZED"),
    (TOKLINK_ERR_PERMISSION_DENIED, c"PERMISSION_DENIED"),
    (TOKLINK_ERR_RATE_LIMITED, c"RATE_LIMITED"),
    (TOKLINK_ERR_QUOTA_EXHAUSTED, c"QUOTA_EXHAUSTED"),
    (TOKLINK_ERR_NOT_FOUND, c"NOT_FOUND"),
    (TOKLINK_ERR_REJECTED, c"REJECTED"),
    (TOKLINK_ERR_UNAVAILABLE, c"UNAVAILABLE"),
    (TOKLINK_ERR_INTEGRITY, c"INTEGRITY"),
    (TOKLINK_ERR_CONFLICT, c"CONFLICT"),
    (TOKLINK_ERR_CANCELLED, c"CANCELLED"),
    (TOKLINK_ERR_CLOSED, c"CLOSED"),
    (TOKLINK_ERR_INTERNAL, c"INTERNAL"),
    (TOKLINK_ERR_PANIC, c"PANIC"),
];

impl toklink_status {
    /// Returns the status for an error kind of the core.
    pub(crate) fn of(kind: ErrorKind) -> Self {
        Self::of_code(kind.code())
    }

    /// Returns the status for an error kind's code in the core.
    pub(crate) fn of_code(code: &str) -> Self {
        let named = NAMES.iter().find(|(_, name)| name.to_bytes() == code.as_bytes());
        named.map_or(TOKLINK_ERR_INTERNAL, |(status, _)| *status)
    }
}

/// Returns the name of a status for logs.
pub(crate) fn name_of(status: toklink_status) -> &'static str {
    let named = NAMES.iter().find(|(known, _)| *known == status);
    named.and_then(|(_, name)| name.to_str().ok()).unwrap_or("UNKNOWN")
}

/// The party that has to act on an error.
#[repr(u32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum toklink_owner {
    /// The owner of the TikTok account.
    TOKLINK_OWNER_USER = 1,
    /// The program or its operator.
    TOKLINK_OWNER_APP = 2,
    /// TikTok, or the network between the library and TikTok.
    TOKLINK_OWNER_TIKTOK = 3,
    /// The library itself.
    TOKLINK_OWNER_TOKLINK = 4,
}

impl toklink_owner {
    pub(crate) fn of(owner: Owner) -> Self {
        match owner {
            Owner::User => Self::TOKLINK_OWNER_USER,
            Owner::App => Self::TOKLINK_OWNER_APP,
            Owner::TikTok => Self::TOKLINK_OWNER_TIKTOK,
            Owner::Toklink => Self::TOKLINK_OWNER_TOKLINK,
        }
    }
}

/// Returns the name of a status, as logs and the other language bindings spell it, for example `RATE_LIMITED`. Returns
/// `UNKNOWN` for an undefined number. The string is static.
#[unsafe(no_mangle)]
pub extern "C" fn toklink_status_name(status: u32) -> *const c_char {
    let named = NAMES.iter().find(|(known, _)| *known as u32 == status);
    named.map_or(c"UNKNOWN", |(_, name)| name).as_ptr()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status_numbers_follow_the_order_of_the_core() {
        for (index, kind) in ErrorKind::ALL.into_iter().enumerate() {
            assert_eq!(toklink_status::of(kind) as usize, index + 1, "{}", kind.code());
        }
    }

    #[test]
    fn unknown_status_has_the_name_unknown() {
        // SAFETY: the names are static strings.
        let name = |status| unsafe { std::ffi::CStr::from_ptr(toklink_status_name(status)) };
        assert_eq!((name(77), name(1000)), (c"UNKNOWN", c"PANIC"));
    }
}
