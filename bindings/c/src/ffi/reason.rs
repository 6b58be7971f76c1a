//! The numbers of reasons. A number is never used again for something else.

use core_toklink::Reason;
use std::ffi::{CStr, c_char};

/// The exact situation of an error, beside its status. docs/ERRORS.md says what to do in each. Later versions add numbers:
/// treat an unknown one like `TOKLINK_REASON_OTHER`.
#[repr(u32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum toklink_reason {
    /// No situation that has a reason of its own: the status says all.
    TOKLINK_REASON_OTHER = 0,
    /// Another attempt, in this process or another one, works on the publish of this idempotency key.
    TOKLINK_REASON_KEY_IN_USE = 1,
    /// The idempotency key belongs to a publish of another video, other photos or other settings.
    TOKLINK_REASON_KEY_OF_ANOTHER_PUBLISH = 2,
    /// TikTok may have received the post and its answer was lost: look for the post, then call `toklink_abandon_publish`.
    TOKLINK_REASON_START_UNCLEAR = 3,
    /// TikTok has nothing of this publish that an upload could continue: publish again.
    TOKLINK_REASON_NOTHING_TO_RESUME = 4,
    /// The process that worked on the publish stopped less than a minute ago: retry after its lease has expired.
    TOKLINK_REASON_NOT_RESUMABLE_YET = 5,
    /// The login already has a wait, or has ended.
    TOKLINK_REASON_LOGIN_ALREADY_WAITING = 6,
    /// The user declined on TikTok's consent page.
    TOKLINK_REASON_LOGIN_DECLINED = 7,
    /// The browser did not return in time.
    TOKLINK_REASON_LOGIN_TIMED_OUT = 8,
    /// TikTok's consent page refused the app or its redirect URI.
    TOKLINK_REASON_LOGIN_REFUSED = 9,
    /// A callback called `toklink_client_close`, which would wait for that callback.
    TOKLINK_REASON_CLOSE_IN_CALLBACK = 10,
    /// The process forked after the client was created.
    TOKLINK_REASON_AFTER_FORK = 11,
    /// The operation did not end within `timeout_ms`.
    TOKLINK_REASON_TIMED_OUT = 12,
    /// The title or description is longer than TikTok accepts.
    TOKLINK_REASON_TITLE_TOO_LONG = 13,
    /// TikTok does not accept the codec or the container of the video.
    TOKLINK_REASON_CODEC_UNSUPPORTED = 14,
    /// No such account is connected.
    TOKLINK_REASON_ACCOUNT_NOT_CONNECTED = 15,
    /// The certificate of the server is not trusted: set `ca_file` for a proxy, or correct the clock.
    TOKLINK_REASON_CERTIFICATE_NOT_TRUSTED = 16,
    /// The name of the server could not be resolved.
    TOKLINK_REASON_NAME_NOT_RESOLVED = 17,
    /// The server refused the connection.
    TOKLINK_REASON_CONNECTION_REFUSED = 18,
}

use toklink_reason::{
    TOKLINK_REASON_ACCOUNT_NOT_CONNECTED, TOKLINK_REASON_AFTER_FORK, TOKLINK_REASON_CERTIFICATE_NOT_TRUSTED,
    TOKLINK_REASON_CLOSE_IN_CALLBACK, TOKLINK_REASON_CODEC_UNSUPPORTED, TOKLINK_REASON_CONNECTION_REFUSED,
    TOKLINK_REASON_KEY_IN_USE, TOKLINK_REASON_KEY_OF_ANOTHER_PUBLISH, TOKLINK_REASON_LOGIN_ALREADY_WAITING,
    TOKLINK_REASON_LOGIN_DECLINED, TOKLINK_REASON_LOGIN_REFUSED, TOKLINK_REASON_LOGIN_TIMED_OUT,
    TOKLINK_REASON_NAME_NOT_RESOLVED, TOKLINK_REASON_NOT_RESUMABLE_YET, TOKLINK_REASON_NOTHING_TO_RESUME,
    TOKLINK_REASON_OTHER, TOKLINK_REASON_START_UNCLEAR, TOKLINK_REASON_TIMED_OUT,
    TOKLINK_REASON_TITLE_TOO_LONG,
};

const NAMES: [(toklink_reason, &CStr); 19] = [
    (TOKLINK_REASON_OTHER, c"OTHER"),
    (TOKLINK_REASON_KEY_IN_USE, c"KEY_IN_USE"),
    (TOKLINK_REASON_KEY_OF_ANOTHER_PUBLISH, c"KEY_OF_ANOTHER_PUBLISH"),
    (TOKLINK_REASON_START_UNCLEAR, c"START_UNCLEAR"),
    (TOKLINK_REASON_NOTHING_TO_RESUME, c"NOTHING_TO_RESUME"),
    (TOKLINK_REASON_NOT_RESUMABLE_YET, c"NOT_RESUMABLE_YET"),
    (TOKLINK_REASON_LOGIN_ALREADY_WAITING, c"LOGIN_ALREADY_WAITING"),
    (TOKLINK_REASON_LOGIN_DECLINED, c"LOGIN_DECLINED"),
    (TOKLINK_REASON_LOGIN_TIMED_OUT, c"LOGIN_TIMED_OUT"),
    (TOKLINK_REASON_LOGIN_REFUSED, c"LOGIN_REFUSED"),
    (TOKLINK_REASON_CLOSE_IN_CALLBACK, c"CLOSE_IN_CALLBACK"),
    (TOKLINK_REASON_AFTER_FORK, c"AFTER_FORK"),
    (TOKLINK_REASON_TIMED_OUT, c"TIMED_OUT"),
    (TOKLINK_REASON_TITLE_TOO_LONG, c"TITLE_TOO_LONG"),
    (TOKLINK_REASON_CODEC_UNSUPPORTED, c"CODEC_UNSUPPORTED"),
    (TOKLINK_REASON_ACCOUNT_NOT_CONNECTED, c"ACCOUNT_NOT_CONNECTED"),
    (TOKLINK_REASON_CERTIFICATE_NOT_TRUSTED, c"CERTIFICATE_NOT_TRUSTED"),
    (TOKLINK_REASON_NAME_NOT_RESOLVED, c"NAME_NOT_RESOLVED"),
    (TOKLINK_REASON_CONNECTION_REFUSED, c"CONNECTION_REFUSED"),
];

impl toklink_reason {
    pub(crate) fn of(reason: Reason) -> Self {
        let named = NAMES.iter().find(|(_, name)| name.to_bytes() == reason.code().as_bytes());
        named.map_or(TOKLINK_REASON_OTHER, |(reason, _)| *reason)
    }
}

/// Returns the spelling of a reason in logs and in the other languages of toklink, for example `KEY_IN_USE`; `UNKNOWN` for
/// a number without one. Lives as long as the program.
#[unsafe(no_mangle)]
pub extern "C" fn toklink_reason_name(reason: u32) -> *const c_char {
    let named = NAMES.iter().find(|(known, _)| *known as u32 == reason);
    named.map_or(c"UNKNOWN", |(_, name)| name).as_ptr()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_have_the_numbers_of_their_order_in_the_core() {
        for (index, reason) in Reason::ALL.into_iter().enumerate() {
            assert_eq!(toklink_reason::of(reason) as usize, index, "{}", reason.code());
        }
    }
}
