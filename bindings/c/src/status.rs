//! The numbers of outcomes and of whose move it is. A number is never used again for something else.

use crate::text::toklink_str;
use core_toklink::{ErrorKind, Owner};

/// How a call ended, and what to do next. New numbers may come: treat an unknown one like `TOKLINK_ERR_INTERNAL`.
#[repr(u32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum toklink_status {
    /// It did what it says.
    TOKLINK_OK = 0,
    /// The set-up is wrong (a missing key, a malformed URL): correct the configuration.
    TOKLINK_ERR_CONFIG = 1,
    /// An argument is wrong: correct the call.
    TOKLINK_ERR_INVALID_INPUT = 2,
    /// The user's consent is missing, expired or revoked: ask the user to connect again.
    TOKLINK_ERR_UNAUTHORIZED = 3,
    /// The user did not grant a scope, the app lacks an approval or audit, or a store row belongs to another.
    TOKLINK_ERR_PERMISSION_DENIED = 4,
    /// A short window is full: wait for `toklink_error_retry_after_ms`.
    TOKLINK_ERR_RATE_LIMITED = 5,
    /// A daily or per-account cap is used up: try again the next day or free a slot.
    TOKLINK_ERR_QUOTA_EXHAUSTED = 6,
    /// There is no such account, video, publish or file.
    TOKLINK_ERR_NOT_FOUND = 7,
    /// TikTok refused the content: change it before trying again.
    TOKLINK_ERR_REJECTED = 8,
    /// TikTok or the network did not answer as it should: trying again later can help.
    TOKLINK_ERR_UNAVAILABLE = 9,
    /// A sealed value, a login state or a signature is not what was issued.
    TOKLINK_ERR_INTEGRITY = 10,
    /// The act was begun before, or its outcome is unclear: settle that first.
    TOKLINK_ERR_CONFLICT = 11,
    /// The caller cancelled.
    TOKLINK_ERR_CANCELLED = 12,
    /// The client was closed.
    TOKLINK_ERR_CLOSED = 13,
    /// A fault of toklink itself: please report it.
    TOKLINK_ERR_INTERNAL = 14,
    /// A panic was caught at the boundary, a fault of toklink itself: free the handles of this call, use them no
    /// more, and please report it.
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
    /// The number of a kind of the core. A kind that this library does not know yet is a fault of ours.
    pub(crate) fn of(kind: ErrorKind) -> Self {
        Self::of_code(kind.code())
    }

    /// The status of the kind that the core spells like this.
    pub(crate) fn of_code(code: &str) -> Self {
        let named = NAMES.iter().find(|(_, name)| name.to_bytes() == code.as_bytes());
        named.map_or(TOKLINK_ERR_INTERNAL, |(status, _)| *status)
    }
}

/// The spelling of a status in a log.
pub(crate) fn name_of(status: toklink_status) -> &'static str {
    let named = NAMES.iter().find(|(known, _)| *known == status);
    named.and_then(|(_, name)| name.to_str().ok()).unwrap_or("UNKNOWN")
}

/// Whose move it is.
#[repr(u32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum toklink_owner {
    /// The person whose TikTok account it is.
    TOKLINK_OWNER_USER = 1,
    /// The program or its operator.
    TOKLINK_OWNER_APP = 2,
    /// TikTok, or the network on the way there.
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

/// The spelling of a status that logs and the other hosts of toklink use: `OK`, `RATE_LIMITED`; `UNKNOWN` for a
/// number that is none. Lives as long as the program. Takes a plain number, so that any value is safe to ask about.
#[unsafe(no_mangle)]
pub extern "C" fn toklink_status_name(status: u32) -> toklink_str {
    let named = NAMES.iter().find(|(known, _)| *known as u32 == status);
    toklink_str::constant(named.map_or(c"UNKNOWN", |(_, name)| name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_the_core_has_a_number_of_its_own_in_the_order_of_the_core() {
        for (index, kind) in ErrorKind::ALL.into_iter().enumerate() {
            assert_eq!(toklink_status::of(kind) as usize, index + 1, "{}", kind.code());
        }
    }

    #[test]
    fn a_number_that_is_no_status_has_a_name_all_the_same() {
        assert_eq!(toklink_status_name(77).len, "UNKNOWN".len());
        assert_eq!(toklink_status_name(1000).len, "PANIC".len());
    }
}
