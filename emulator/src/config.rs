//! What one emulator is started with, and the switches that can be turned while it runs.

use serde::{Deserialize, Serialize};

use crate::scenario::Scenario;

/// How an emulator is started. The default is what the binary serves: any free port, a running clock, limits on.
#[derive(Debug, Clone)]
pub struct EmulatorConfig {
    /// Port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// One seed gives one history of ids, tokens and counters.
    pub seed: u64,
    /// The clock stands still and moves only by `advance`.
    pub frozen_clock: bool,
    /// Where the clock starts, unix milliseconds; the real time when absent.
    pub start_ms: Option<i64>,
    /// Rate windows and the 24 h caps (docs/tiktok-api.md 5.11, 8). Off for load tests.
    pub limits: bool,
    /// Switches that can also be turned at run time.
    pub settings: Settings,
    /// Apps, users, faults and more; what it names goes before the fields above.
    pub scenario: Option<Scenario>,
}

/// What a start or a reset really begins with.
#[derive(Debug)]
pub(crate) struct InitialState<'a> {
    pub(crate) seed: u64,
    pub(crate) start_ms: Option<i64>,
    pub(crate) frozen: bool,
    pub(crate) limits: bool,
    pub(crate) settings: &'a Settings,
}

impl EmulatorConfig {
    pub(crate) fn initial_state(&self) -> InitialState<'_> {
        let scenario = self.scenario.as_ref();
        InitialState {
            seed: scenario.and_then(|scenario| scenario.seed).unwrap_or(self.seed),
            start_ms: scenario.and_then(|scenario| scenario.clock.start_ms).or(self.start_ms),
            frozen: scenario.and_then(|scenario| scenario.clock.frozen).unwrap_or(self.frozen_clock),
            limits: scenario.and_then(|scenario| scenario.limits).unwrap_or(self.limits),
            settings: scenario.and_then(|scenario| scenario.settings.as_ref()).unwrap_or(&self.settings),
        }
    }
}

impl Default for EmulatorConfig {
    fn default() -> Self {
        Self {
            port: 0,
            seed: 1,
            frozen_clock: false,
            start_ms: None,
            limits: true,
            settings: Settings::default(),
            scenario: None,
        }
    }
}

/// Switches between the readings that the documentation leaves open. `POST /_emulator/settings` changes them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// HTTP status of OAuth errors (docs/tiktok-api.md 2.5, C4).
    pub oauth_errors: OauthErrors,
    /// Token lifetimes (docs/tiktok-api.md 2.1, C34).
    pub token_regime: TokenRegime,
    /// Whether a refresh returns a new refresh token (docs/tiktok-api.md 2.2).
    pub rotation: Rotation,
    /// Rejects a `code_challenge` that is not lowercase hex on https redirects too (docs/tiktok-api.md 1.4).
    pub strict_pkce: bool,
    /// Lifetime of an authorization code, milliseconds (not documented; 10 minutes).
    pub code_lifetime_ms: i64,
    /// Base time from the last byte to the end of processing, milliseconds; 1 ms per 20,000 bytes comes on top.
    pub processing_delay_ms: i64,
    /// Time from the end of processing until a public post shows its id, milliseconds.
    pub moderation_delay_ms: i64,
    /// Pages of `video/list` are one shorter than asked although more follow (docs/tiktok-api.md 4.2).
    pub short_pages: bool,
    /// The PUT reply's `Content-Range` carries a count instead of the last index (docs/tiktok-api.md C15).
    pub content_range_counts: bool,
    /// Each webhook is delivered twice (docs/tiktok-api.md 6: duplicates are possible).
    pub webhook_duplicates: bool,
    /// Every other webhook is held back for 30 s, so that later ones overtake it (docs/tiktok-api.md 6: no order is promised).
    pub webhook_reorder: bool,
    /// Where pulls from https addresses really go: a plain http base address that stands for every verified host. The
    /// `Host` of the request stays that of the pulled address. Without it a pull fails, as one of an unreachable host does.
    pub pull_from: Option<String>,
    /// A video whose index (codec, size, duration) cannot be read fails instead of passing on its container alone.
    pub strict_media: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            oauth_errors: OauthErrors::Ok200,
            token_regime: TokenRegime::TwoHours,
            rotation: Rotation::Always,
            strict_pkce: true,
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
    /// 7,200 s and 15,552,000 s: the pages of 2026-11.
    #[serde(rename = "2h")]
    TwoHours,
    /// 86,400 s and 31,536,000 s: the older page.
    #[serde(rename = "24h")]
    OneDay,
}

impl TokenRegime {
    /// Lifetime of an access token, seconds.
    #[must_use]
    pub const fn access_seconds(self) -> i64 {
        match self {
            Self::TwoHours => 7_200,
            Self::OneDay => 86_400,
        }
    }

    /// Lifetime of a refresh token from the consent, seconds.
    #[must_use]
    pub const fn refresh_seconds(self) -> i64 {
        match self {
            Self::TwoHours => 15_552_000,
            Self::OneDay => 31_536_000,
        }
    }
}

/// Whether a refresh replaces the refresh token (docs/tiktok-api.md 2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rotation {
    /// Each refresh does, and the old token is dead at once.
    Always,
    /// Every second refresh does.
    Sometimes,
    /// The token sent is returned.
    Never,
}
