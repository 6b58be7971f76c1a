//! Settings that can change while the emulator runs.

use serde::{Deserialize, Serialize};

/// Settings for behaviours that TikTok's documentation leaves open. `POST /_emulator/settings` changes them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// HTTP status of OAuth errors (docs/tiktok-api.md 2.5, C4).
    pub oauth_errors: OauthErrors,
    /// Token lifetimes (docs/tiktok-api.md 2.1, C34).
    pub token_regime: TokenRegime,
    /// Rotation of refresh tokens (docs/tiktok-api.md 2.2).
    pub rotation: Rotation,
    /// Rejects a `code_challenge` that is not lowercase hex, even for https redirects (docs/tiktok-api.md 1.4).
    pub strict_pkce: bool,
    /// Username of the user who completes every authorize request without a page, so that login tests need no browser.
    /// The error page names `username` if the user does not exist, and `client_key` if the user may not log in to the
    /// app.
    pub auto_consent: Option<String>,
    /// Lifetime of an authorization code, milliseconds; 10 minutes by default (TikTok documents none).
    pub code_lifetime_ms: i64,
    /// Processing time after the last byte, milliseconds, plus 1 ms per 20,000 bytes.
    pub processing_delay_ms: i64,
    /// Time from the end of processing until a public post shows its ID, milliseconds.
    pub moderation_delay_ms: i64,
    /// Returns one video fewer than requested on pages of `video/list` that are not the last (docs/tiktok-api.md 4.2).
    pub short_pages: bool,
    /// Reports the number of stored bytes instead of the last index in the `Content-Range` of PUT responses
    /// (docs/tiktok-api.md C15).
    pub content_range_counts: bool,
    /// Delivers each webhook twice (docs/tiktok-api.md 6: duplicates are possible).
    pub webhook_duplicates: bool,
    /// Delays every other webhook by 30 s, so that later webhooks overtake it (docs/tiktok-api.md 6: TikTok guarantees
    /// no order).
    pub webhook_reorder: bool,
    /// Base URL of a plain HTTP server that stands in for every verified host in pulls. The `Host` header contains the host of
    /// the pulled URL. Without it, every pull fails as if the host were unreachable.
    pub pull_from: Option<String>,
    /// Rejects a video whose index (codec, dimensions, duration) cannot be read, instead of accepting it because of its
    /// container.
    pub strict_media: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            oauth_errors: OauthErrors::Ok200,
            token_regime: TokenRegime::TwoHours,
            rotation: Rotation::Always,
            strict_pkce: true,
            auto_consent: None,
            code_lifetime_ms: 600_000,
            processing_delay_ms: 3_000,
            moderation_delay_ms: 20_000,
            short_pages: false,
            content_range_counts: false,
            webhook_duplicates: false,
            webhook_reorder: false,
            pull_from: None,
            strict_media: false,
        }
    }
}

/// HTTP status of an OAuth error (docs/tiktok-api.md 2.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OauthErrors {
    /// HTTP 200 with the error in the body.
    #[serde(rename = "200")]
    Ok200,
    /// HTTP 400, and 401 for `invalid_client`.
    #[serde(rename = "4xx")]
    Client4xx,
}

/// Token lifetimes (docs/tiktok-api.md 2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum TokenRegime {
    /// 7,200 s and 15,552,000 s, as documented since 2026-11.
    #[serde(rename = "2h")]
    TwoHours,
    /// 86,400 s and 31,536,000 s, as documented before 2026-11.
    #[serde(rename = "24h")]
    OneDay,
}

impl TokenRegime {
    /// Returns the lifetime of an access token, in seconds.
    #[must_use]
    pub const fn access_seconds(self) -> i64 {
        match self {
            Self::TwoHours => 7_200,
            Self::OneDay => 86_400,
        }
    }

    /// Returns the lifetime of a refresh token, counted from the consent, in seconds.
    #[must_use]
    pub const fn refresh_seconds(self) -> i64 {
        match self {
            Self::TwoHours => 15_552_000,
            Self::OneDay => 31_536_000,
        }
    }
}

/// Rotation of refresh tokens (docs/tiktok-api.md 2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rotation {
    /// Each refresh returns a new refresh token and invalidates the old one.
    Always,
    /// Every second refresh returns a new refresh token.
    Sometimes,
    /// The refresh token never changes.
    Never,
}
