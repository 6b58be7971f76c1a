//! The exact reason for an error.

/// Declares the reasons, each with its spelling, in the order of the numbers in the C header.
macro_rules! reasons {
    ($($(#[doc = $doc:literal])+ $name:ident = $code:literal,)+) => {
        /// The exact reason for an error, for programs that branch on more than the kind. `docs/ERRORS.md` lists them. The
        /// spelling is the same in each language: `KeyInUse`, `'KEY_IN_USE'`, `TOKLINK_REASON_KEY_IN_USE`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Reason {
            $($(#[doc = $doc])+ $name,)+
        }

        impl Reason {
            /// Every reason, in the order of the numbers in the C header.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// Returns the upper-case spelling, for example `KEY_IN_USE`.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)+
                }
            }
        }
    };
}

reasons! {
    /// No specific reason: the kind is enough.
    Other = "OTHER",
    /// Another attempt works on the publish with this idempotency key, or its process or store failed within the last
    /// minute: wait, or cancel the other attempt.
    KeyInUse = "KEY_IN_USE",
    /// The idempotency key belongs to a publish with a different video, photos or settings: use another key.
    KeyOfAnotherPublish = "KEY_OF_ANOTHER_PUBLISH",
    /// TikTok may have received the post and its response was lost: look for the post, then call `abandon_publish`.
    StartUnclear = "START_UNCLEAR",
    /// TikTok has no unfinished upload of this publish: publish again.
    NothingToResume = "NOTHING_TO_RESUME",
    /// TikTok has the publish and can still complete it: query its status, or cancel it.
    CanStillComplete = "CAN_STILL_COMPLETE",
    /// Another attempt took over the publish: follow it with the same idempotency key.
    TakenOver = "TAKEN_OVER",
    /// The video differs from the original video of this publish: pass the original video, or use another key.
    VideoChanged = "VIDEO_CHANGED",
    /// The user declined on TikTok's consent page: start another login when the user wants to connect.
    LoginDeclined = "LOGIN_DECLINED",
    /// The browser did not return in time: start another login.
    LoginTimedOut = "LOGIN_TIMED_OUT",
    /// TikTok's consent page refused the app or its redirect URI: correct the app in TikTok's developer portal.
    LoginRefused = "LOGIN_REFUSED",
    /// A callback called `close`, which waits for that callback to return: call `close` outside callbacks.
    CloseInCallback = "CLOSE_IN_CALLBACK",
    /// The process forked after the client was created: create a client in the child.
    AfterFork = "AFTER_FORK",
    /// The operation did not finish within the caller's time limit: retry, or set a longer limit.
    TimedOut = "TIMED_OUT",
    /// The title or description is longer than TikTok accepts: shorten it.
    TitleTooLong = "TITLE_TOO_LONG",
    /// TikTok does not accept the codec or the container of the video: convert it.
    CodecUnsupported = "CODEC_UNSUPPORTED",
    /// No such account is connected: connect it first.
    AccountNotConnected = "ACCOUNT_NOT_CONNECTED",
    /// The server's certificate is not trusted: set the CA file of the proxy, or correct the system clock.
    CertificateNotTrusted = "CERTIFICATE_NOT_TRUSTED",
    /// The server's host name could not be resolved: check the network and the base URL.
    NameNotResolved = "NAME_NOT_RESOLVED",
    /// The server refused the connection: check the address, the proxy and the firewall.
    ConnectionRefused = "CONNECTION_REFUSED",
    /// The login was not started in this browser, or its cookie is missing: start a login here.
    LoginFromAnotherBrowser = "LOGIN_FROM_ANOTHER_BROWSER",
    /// The login took longer than ten minutes: start another.
    LoginExpired = "LOGIN_EXPIRED",
    /// The callback of this login was already handled: start another login if the account is not connected.
    LoginAlreadyUsed = "LOGIN_ALREADY_USED",
    /// Another user of the host started the login: sign in as that user, or start another login.
    LoginOfAnotherUser = "LOGIN_OF_ANOTHER_USER",
    /// The account was disconnected: connect it again.
    AccountDisconnected = "ACCOUNT_DISCONNECTED",
    /// A refresh was interrupted and its new tokens are lost: connect the account again.
    RefreshInterrupted = "REFRESH_INTERRUPTED",
    /// The account has not granted a scope that the call needs: connect it again and grant it.
    ScopeNotGranted = "SCOPE_NOT_GRANTED",
    /// A stored value was changed, moved, or encrypted with another key: restore it, or connect the account again.
    CannotDecrypt = "CANNOT_DECRYPT",
    /// A stored value is not encrypted: encrypt it with `reseal`.
    NotEncrypted = "NOT_ENCRYPTED",
    /// A stored value has the dashboard's old format, which is not accepted: set `accept_legacy`, then reseal.
    LegacyFormat = "LEGACY_FORMAT",
    /// A stored value was encrypted with a key that is not configured: add that key to the key ring.
    KeyNotConfigured = "KEY_NOT_CONFIGURED",
    /// The file is not an MP4, MOV or WebM video: export it as MP4 (H.264).
    NotAVideo = "NOT_A_VIDEO",
    /// The end of the video is missing: copy or export it again.
    VideoTruncated = "VIDEO_TRUNCATED",
    /// The video's headers contradict each other: export it again.
    VideoDamaged = "VIDEO_DAMAGED",
    /// The file exists but cannot be read: check its permissions and the disk.
    FileUnreadable = "FILE_UNREADABLE",
    /// A stream can be read only once: pass a new stream from the first byte.
    StreamAlreadyRead = "STREAM_ALREADY_READ",
    /// A stream has fewer or more bytes than declared: publish again, with the same idempotency key if it was cut
    /// off, or with the true length and another key if the declared length was wrong.
    StreamLengthMismatch = "STREAM_LENGTH_MISMATCH",
    /// The stream reported an error, which is the source of this error: publish again.
    StreamFailed = "STREAM_FAILED",
    /// The bytes that TikTok needs are no longer available: pass the same video again.
    SourceUnavailable = "SOURCE_UNAVAILABLE",
    /// The source delivered its bytes too slowly: publish again from a faster source.
    SourceTooSlow = "SOURCE_TOO_SLOW",
    /// TikTok has all bytes and is still processing them: query the status later.
    StillProcessing = "STILL_PROCESSING",
    /// Another process has locked the store: try again.
    StoreLocked = "STORE_LOCKED",
    /// The store's disk is full: free some space.
    StoreDiskFull = "STORE_DISK_FULL",
    /// The store's file is damaged: restore it from a backup.
    StoreDamaged = "STORE_DAMAGED",
    /// The store's path is a directory, a link, unreadable or another database: use another path.
    StorePathInvalid = "STORE_PATH_INVALID",
    /// The webhook has no valid signature header: pass the header unchanged.
    SignatureMissing = "SIGNATURE_MISSING",
    /// The signature does not match the body: pass the raw bytes, and check the client secret.
    SignatureMismatch = "SIGNATURE_MISMATCH",
    /// The webhook was signed too long ago or in the future: check the clock.
    SignatureTooOld = "SIGNATURE_TOO_OLD",
    /// The webhook belongs to another app: use a separate webhook URL for each app.
    WebhookOfAnotherApp = "WEBHOOK_OF_ANOTHER_APP",
    /// The proxy could not be reached, or refused the connection to TikTok: check the proxy, its password and its setting.
    ProxyFailed = "PROXY_FAILED",
}

#[cfg(test)]
mod tests {
    use super::Reason;

    #[test]
    fn reason_codes_match_their_variant_names() {
        for reason in Reason::ALL {
            let spelled: String = reason
                .code()
                .split('_')
                .map(|word| word[..1].to_owned() + &word[1..].to_lowercase())
                .collect();
            assert_eq!(format!("{reason:?}"), spelled);
        }
    }
}
