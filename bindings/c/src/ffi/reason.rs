//! The numbers of the reasons. A number never changes its meaning.

use core_toklink::Reason;
use std::ffi::{CStr, c_char};

/// The exact situation of an error, in addition to its status. docs/ERRORS.md describes what to do in each. Later
/// versions add numbers; treat an unknown number like `TOKLINK_REASON_OTHER`.
#[repr(u32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum toklink_reason {
    /// A situation without its own reason; the status is specific enough.
    TOKLINK_REASON_OTHER = 0,
    /// Another attempt, in this process or another one, works on the publish with this idempotency key. If its process
    /// died, the key is free after at most 60 s; retry after `retry_after_ms`.
    TOKLINK_REASON_KEY_IN_USE = 1,
    /// The idempotency key belongs to a publish of another video, other photos or other settings.
    TOKLINK_REASON_KEY_OF_ANOTHER_PUBLISH = 2,
    /// TikTok may have received the post, but its response was lost: look for the post, then call
    /// `toklink_abandon_publish`.
    TOKLINK_REASON_START_UNCLEAR = 3,
    /// TikTok has no upload of this publish that could continue: publish again.
    TOKLINK_REASON_NOTHING_TO_RESUME = 4,
    /// TikTok has the publish and can still complete it.
    TOKLINK_REASON_CAN_STILL_COMPLETE = 5,
    /// Another attempt took over the publish.
    TOKLINK_REASON_TAKEN_OVER = 6,
    /// The video differs from the one that the publish started with.
    TOKLINK_REASON_VIDEO_CHANGED = 7,
    /// The user declined on TikTok's consent page.
    TOKLINK_REASON_LOGIN_DECLINED = 8,
    /// The browser did not return in time.
    TOKLINK_REASON_LOGIN_TIMED_OUT = 9,
    /// TikTok's consent page refused the app or its redirect URI.
    TOKLINK_REASON_LOGIN_REFUSED = 10,
    /// A callback called `toklink_client_close`, which would wait for that callback.
    TOKLINK_REASON_CLOSE_IN_CALLBACK = 11,
    /// The client was created before the process forked: create a client in the child.
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
    /// The login was not started in this browser, or its cookie is missing: start a login here.
    TOKLINK_REASON_LOGIN_FROM_ANOTHER_BROWSER = 20,
    /// The login took longer than ten minutes: start another.
    TOKLINK_REASON_LOGIN_EXPIRED = 21,
    /// The callback of this login was already handled: start another login if the account is not connected.
    TOKLINK_REASON_LOGIN_ALREADY_USED = 22,
    /// Another user of the host started the login: sign in as that user, or start another login.
    TOKLINK_REASON_LOGIN_OF_ANOTHER_USER = 23,
    /// The account was disconnected: connect it again.
    TOKLINK_REASON_ACCOUNT_DISCONNECTED = 24,
    /// A refresh was interrupted and its new tokens are lost: connect the account again.
    TOKLINK_REASON_REFRESH_INTERRUPTED = 25,
    /// The account has not granted a scope that the call needs: connect it again and grant it.
    TOKLINK_REASON_SCOPE_NOT_GRANTED = 26,
    /// A stored value was changed, moved, or encrypted with another key: restore it, or connect the account again.
    TOKLINK_REASON_CANNOT_DECRYPT = 27,
    /// A stored value is in clear text: encrypt it with `toklink_reseal`.
    TOKLINK_REASON_NOT_ENCRYPTED = 28,
    /// A stored value has the dashboard's old format, which is not accepted: set `accept_legacy` and call
    /// `toklink_reseal`.
    TOKLINK_REASON_LEGACY_FORMAT = 29,
    /// A stored value was encrypted with a key that is not configured: add that key to the key ring.
    TOKLINK_REASON_KEY_NOT_CONFIGURED = 30,
    /// The file is not an MP4, MOV or WebM video: export it as MP4 (H.264).
    TOKLINK_REASON_NOT_A_VIDEO = 31,
    /// The end of the video is missing: copy or export it again.
    TOKLINK_REASON_VIDEO_TRUNCATED = 32,
    /// The headers of the video contradict each other: export it again.
    TOKLINK_REASON_VIDEO_DAMAGED = 33,
    /// The file exists but cannot be read: check its permissions and the disk.
    TOKLINK_REASON_FILE_UNREADABLE = 34,
    /// A stream can be read only once: pass a new stream from the first byte.
    TOKLINK_REASON_STREAM_ALREADY_READ = 35,
    /// A stream has fewer or more bytes than declared: publish again with its true length.
    TOKLINK_REASON_STREAM_LENGTH_MISMATCH = 36,
    /// The stream reported an error: publish again.
    TOKLINK_REASON_STREAM_FAILED = 37,
    /// The bytes that TikTok needs are no longer available: pass the same video again.
    TOKLINK_REASON_SOURCE_UNAVAILABLE = 38,
    /// The source delivered its bytes too slowly: publish again from a faster source.
    TOKLINK_REASON_SOURCE_TOO_SLOW = 39,
    /// TikTok has all bytes and is still processing them: query the status later.
    TOKLINK_REASON_STILL_PROCESSING = 40,
    /// Another process has locked the store: try again.
    TOKLINK_REASON_STORE_LOCKED = 41,
    /// The store's disk is full: free space.
    TOKLINK_REASON_STORE_DISK_FULL = 42,
    /// The store's file is damaged: restore it from a backup.
    TOKLINK_REASON_STORE_DAMAGED = 43,
    /// The store's path is a directory, a link, unreadable or another database: use another path.
    TOKLINK_REASON_STORE_PATH_INVALID = 44,
    /// The webhook has no valid signature header: pass the header unchanged.
    TOKLINK_REASON_SIGNATURE_MISSING = 45,
    /// The signature does not match the body: pass the raw bytes, and check the client secret.
    TOKLINK_REASON_SIGNATURE_MISMATCH = 46,
    /// The webhook was signed too long ago or in the future: check the clock.
    TOKLINK_REASON_SIGNATURE_TOO_OLD = 47,
    /// The webhook belongs to another app: use a separate webhook URL for each app.
    TOKLINK_REASON_WEBHOOK_OF_ANOTHER_APP = 48,
    /// The proxy could not be reached, or refused the connection to TikTok: check the proxy and `proxy_url`.
    TOKLINK_REASON_PROXY_FAILED = 49,
}

/// Lists variants with their names: the identifiers without `TOKLINK_REASON_`.
macro_rules! named {
    ($($variant:ident)*) => { [$((toklink_reason::$variant, name(concat!(stringify!($variant), "\0")))),*] };
}

const fn name(variant: &'static str) -> &'static CStr {
    match CStr::from_bytes_with_nul(variant.as_bytes().split_at("TOKLINK_REASON_".len()).1) {
        Ok(name) => name,
        Err(_) => c"",
    }
}

const NAMES: [(toklink_reason, &CStr); 50] = named! {
    TOKLINK_REASON_OTHER TOKLINK_REASON_KEY_IN_USE TOKLINK_REASON_KEY_OF_ANOTHER_PUBLISH
    TOKLINK_REASON_START_UNCLEAR TOKLINK_REASON_NOTHING_TO_RESUME TOKLINK_REASON_CAN_STILL_COMPLETE
    TOKLINK_REASON_TAKEN_OVER TOKLINK_REASON_VIDEO_CHANGED TOKLINK_REASON_LOGIN_DECLINED
    TOKLINK_REASON_LOGIN_TIMED_OUT TOKLINK_REASON_LOGIN_REFUSED TOKLINK_REASON_CLOSE_IN_CALLBACK
    TOKLINK_REASON_AFTER_FORK TOKLINK_REASON_TIMED_OUT TOKLINK_REASON_TITLE_TOO_LONG
    TOKLINK_REASON_CODEC_UNSUPPORTED TOKLINK_REASON_ACCOUNT_NOT_CONNECTED
    TOKLINK_REASON_CERTIFICATE_NOT_TRUSTED TOKLINK_REASON_NAME_NOT_RESOLVED TOKLINK_REASON_CONNECTION_REFUSED
    TOKLINK_REASON_LOGIN_FROM_ANOTHER_BROWSER TOKLINK_REASON_LOGIN_EXPIRED TOKLINK_REASON_LOGIN_ALREADY_USED
    TOKLINK_REASON_LOGIN_OF_ANOTHER_USER TOKLINK_REASON_ACCOUNT_DISCONNECTED
    TOKLINK_REASON_REFRESH_INTERRUPTED TOKLINK_REASON_SCOPE_NOT_GRANTED TOKLINK_REASON_CANNOT_DECRYPT
    TOKLINK_REASON_NOT_ENCRYPTED TOKLINK_REASON_LEGACY_FORMAT TOKLINK_REASON_KEY_NOT_CONFIGURED
    TOKLINK_REASON_NOT_A_VIDEO TOKLINK_REASON_VIDEO_TRUNCATED TOKLINK_REASON_VIDEO_DAMAGED
    TOKLINK_REASON_FILE_UNREADABLE TOKLINK_REASON_STREAM_ALREADY_READ TOKLINK_REASON_STREAM_LENGTH_MISMATCH
    TOKLINK_REASON_STREAM_FAILED TOKLINK_REASON_SOURCE_UNAVAILABLE TOKLINK_REASON_SOURCE_TOO_SLOW
    TOKLINK_REASON_STILL_PROCESSING TOKLINK_REASON_STORE_LOCKED TOKLINK_REASON_STORE_DISK_FULL
    TOKLINK_REASON_STORE_DAMAGED TOKLINK_REASON_STORE_PATH_INVALID TOKLINK_REASON_SIGNATURE_MISSING
    TOKLINK_REASON_SIGNATURE_MISMATCH TOKLINK_REASON_SIGNATURE_TOO_OLD TOKLINK_REASON_WEBHOOK_OF_ANOTHER_APP
    TOKLINK_REASON_PROXY_FAILED
};

impl toklink_reason {
    pub(crate) fn of(reason: Reason) -> Self {
        let named = NAMES.iter().find(|(_, name)| name.to_bytes() == reason.code().as_bytes());
        named.map_or(Self::TOKLINK_REASON_OTHER, |(reason, _)| *reason)
    }
}

/// Returns the name of a reason, as logs and the other language bindings spell it, for example `KEY_IN_USE`. Returns
/// `UNKNOWN` for an undefined number. The string is static.
#[unsafe(no_mangle)]
pub extern "C" fn toklink_reason_name(reason: u32) -> *const c_char {
    let named = NAMES.iter().find(|(known, _)| *known as u32 == reason);
    named.map_or(c"UNKNOWN", |(_, name)| name).as_ptr()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reason_numbers_follow_the_order_of_the_core() {
        for (index, reason) in Reason::ALL.iter().copied().enumerate() {
            assert_eq!(toklink_reason::of(reason) as usize, index, "{}", reason.code());
        }
    }
}
