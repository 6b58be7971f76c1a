//! The exact situation of an error.

/// The situation that an error reports, for programs that branch on more than the kind. `docs/ERRORS.md` lists them. The
/// spelling is the same in each language: `KeyInUse`, `'KEY_IN_USE'`, `TOKLINK_REASON_KEY_IN_USE`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Reason {
    /// No situation that has a reason of its own: the kind says all.
    #[default]
    Other,
    /// Another attempt, in this process or another one, works on the publish of this idempotency key: wait, or cancel that one.
    KeyInUse,
    /// The idempotency key belongs to a publish of another video, other photos or other settings: use another key.
    KeyOfAnotherPublish,
    /// TikTok may have received the post and its answer was lost: look for the post, then call `abandon_publish`.
    StartUnclear,
    /// TikTok has nothing of this publish that an upload could continue: publish again.
    NothingToResume,
    /// TikTok has the publish and can still complete it: query its status, or cancel it.
    CanStillComplete,
    /// Another attempt took over the publish: follow it with the same idempotency key.
    TakenOver,
    /// The video is not the one that the publish started with: pass the unchanged video, or use another key.
    VideoChanged,
    /// The user declined on TikTok's consent page: ask again when the user wants to.
    LoginDeclined,
    /// The browser did not return in time: start another login.
    LoginTimedOut,
    /// TikTok's consent page refused the app or its redirect URI: correct the app in TikTok's developer portal.
    LoginRefused,
    /// A callback called close, which would wait for that callback: close elsewhere.
    CloseInCallback,
    /// The process forked after the client was created: create a client in the child.
    AfterFork,
    /// The operation did not end within the time limit that the caller set.
    TimedOut,
    /// The title or description is longer than TikTok accepts: shorten it.
    TitleTooLong,
    /// TikTok does not accept the codec or the container of the video: convert it.
    CodecUnsupported,
    /// No such account is connected: connect it first.
    AccountNotConnected,
    /// The certificate of the server is not trusted: set the CA file of the proxy, or correct the clock.
    CertificateNotTrusted,
    /// The name of the server could not be resolved: check the network and the base URL.
    NameNotResolved,
    /// The server refused the connection: check the address, the proxy and the firewall.
    ConnectionRefused,
}

impl Reason {
    /// Every reason, in the order of the numbers in the C header.
    pub const ALL: [Self; 20] = [
        Self::Other,
        Self::KeyInUse,
        Self::KeyOfAnotherPublish,
        Self::StartUnclear,
        Self::NothingToResume,
        Self::CanStillComplete,
        Self::TakenOver,
        Self::VideoChanged,
        Self::LoginDeclined,
        Self::LoginTimedOut,
        Self::LoginRefused,
        Self::CloseInCallback,
        Self::AfterFork,
        Self::TimedOut,
        Self::TitleTooLong,
        Self::CodecUnsupported,
        Self::AccountNotConnected,
        Self::CertificateNotTrusted,
        Self::NameNotResolved,
        Self::ConnectionRefused,
    ];

    /// Returns the upper-case spelling, for example `KEY_IN_USE`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Other => "OTHER",
            Self::KeyInUse => "KEY_IN_USE",
            Self::KeyOfAnotherPublish => "KEY_OF_ANOTHER_PUBLISH",
            Self::StartUnclear => "START_UNCLEAR",
            Self::NothingToResume => "NOTHING_TO_RESUME",
            Self::CanStillComplete => "CAN_STILL_COMPLETE",
            Self::TakenOver => "TAKEN_OVER",
            Self::VideoChanged => "VIDEO_CHANGED",
            Self::LoginDeclined => "LOGIN_DECLINED",
            Self::LoginTimedOut => "LOGIN_TIMED_OUT",
            Self::LoginRefused => "LOGIN_REFUSED",
            Self::CloseInCallback => "CLOSE_IN_CALLBACK",
            Self::AfterFork => "AFTER_FORK",
            Self::TimedOut => "TIMED_OUT",
            Self::TitleTooLong => "TITLE_TOO_LONG",
            Self::CodecUnsupported => "CODEC_UNSUPPORTED",
            Self::AccountNotConnected => "ACCOUNT_NOT_CONNECTED",
            Self::CertificateNotTrusted => "CERTIFICATE_NOT_TRUSTED",
            Self::NameNotResolved => "NAME_NOT_RESOLVED",
            Self::ConnectionRefused => "CONNECTION_REFUSED",
        }
    }
}
