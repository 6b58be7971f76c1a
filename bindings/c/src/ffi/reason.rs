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
    /// TikTok has the publish and can still complete it.
    TOKLINK_REASON_CAN_STILL_COMPLETE = 5,
    /// Another attempt took over the publish.
    TOKLINK_REASON_TAKEN_OVER = 6,
    /// The video is not the one that the publish started with.
    TOKLINK_REASON_VIDEO_CHANGED = 7,
    /// The user declined on TikTok's consent page.
    TOKLINK_REASON_LOGIN_DECLINED = 8,
    /// The browser did not return in time.
    TOKLINK_REASON_LOGIN_TIMED_OUT = 9,
    /// TikTok's consent page refused the app or its redirect URI.
    TOKLINK_REASON_LOGIN_REFUSED = 10,
    /// A callback called `toklink_client_close`, which would wait for that callback.
    TOKLINK_REASON_CLOSE_IN_CALLBACK = 11,
    /// The process forked after the client was created.
    TOKLINK_REASON_AFTER_FORK = 12,
    /// The operation did not end within `timeout_ms`.
    TOKLINK_REASON_TIMED_OUT = 13,
    /// The title or description is longer than TikTok accepts.
    TOKLINK_REASON_TITLE_TOO_LONG = 14,
    /// TikTok does not accept the codec or the container of the video.
    TOKLINK_REASON_CODEC_UNSUPPORTED = 15,
    /// No such account is connected.
    TOKLINK_REASON_ACCOUNT_NOT_CONNECTED = 16,
    /// The certificate of the server is not trusted: set `ca_file` for a proxy, or correct the clock.
    TOKLINK_REASON_CERTIFICATE_NOT_TRUSTED = 17,
    /// The name of the server could not be resolved.
    TOKLINK_REASON_NAME_NOT_RESOLVED = 18,
    /// The server refused the connection.
    TOKLINK_REASON_CONNECTION_REFUSED = 19,
}

use toklink_reason::{
    TOKLINK_REASON_ACCOUNT_NOT_CONNECTED, TOKLINK_REASON_AFTER_FORK, TOKLINK_REASON_CAN_STILL_COMPLETE,
    TOKLINK_REASON_CERTIFICATE_NOT_TRUSTED, TOKLINK_REASON_CLOSE_IN_CALLBACK,
    TOKLINK_REASON_CODEC_UNSUPPORTED, TOKLINK_REASON_CONNECTION_REFUSED, TOKLINK_REASON_KEY_IN_USE,
    TOKLINK_REASON_KEY_OF_ANOTHER_PUBLISH, TOKLINK_REASON_LOGIN_DECLINED, TOKLINK_REASON_LOGIN_REFUSED,
    TOKLINK_REASON_LOGIN_TIMED_OUT, TOKLINK_REASON_NAME_NOT_RESOLVED, TOKLINK_REASON_NOTHING_TO_RESUME,
    TOKLINK_REASON_OTHER, TOKLINK_REASON_START_UNCLEAR, TOKLINK_REASON_TAKEN_OVER, TOKLINK_REASON_TIMED_OUT,
    TOKLINK_REASON_TITLE_TOO_LONG, TOKLINK_REASON_VIDEO_CHANGED,
};

const NAMES: [(toklink_reason, &CStr); 20] = [
    (TOKLINK_REASON_OTHER, c"OTHER"),
    (TOKLINK_REASON_KEY_IN_USE, c"KEY_IN_USE"),
    (TOKLINK_REASON_KEY_OF_ANOTHER_PUBLISH, c"KEY_OF_ANOTHER_PUBLISH"),
    (TOKLINK_REASON_START_UNCLEAR, c"START_UNCLEAR"),
    (TOKLINK_REASON_NOTHING_TO_RESUME, c"NOTHING_TO_RESUME"),
    (TOKLINK_REASON_CAN_STILL_COMPLETE, c"CAN_STILL_COMPLETE"),
    (TOKLINK_REASON_TAKEN_OVER, c"TAKEN_OVER"),
    (TOKLINK_REASON_VIDEO_CHANGED, c"VIDEO_CHANGED"),
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
