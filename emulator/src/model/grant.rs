//! Codes, tokens and other data of a grant.

use std::collections::BTreeSet;

/// An authorization code that has not been exchanged.
#[derive(Debug)]
pub(crate) struct Code {
    pub(crate) client_key: String,
    pub(crate) username: String,
    pub(crate) scopes: BTreeSet<String>,
    pub(crate) redirect_uri: String,
    pub(crate) challenge: Option<String>,
    pub(crate) expires_ms: i64,
}

/// Data of an access or refresh token.
#[derive(Debug, Clone)]
pub(crate) struct Token {
    pub(crate) client_key: String,
    /// Empty for a client token.
    pub(crate) username: String,
    pub(crate) scopes: BTreeSet<String>,
    pub(crate) expires_ms: i64,
    /// Number of refreshes of this grant.
    pub(crate) refreshes: u64,
}

/// Owner and scopes of the token in a request.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    pub(crate) token: String,
    pub(crate) client_key: String,
    pub(crate) username: String,
    pub(crate) scopes: BTreeSet<String>,
}

/// A QR code, from its creation until its use.
#[derive(Debug)]
pub(crate) struct QrLogin {
    pub(crate) client_key: String,
    pub(crate) scopes: BTreeSet<String>,
    pub(crate) state: String,
    pub(crate) expires_ms: i64,
    pub(crate) stage: QrStage,
}

/// State of a QR code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum QrStage {
    New,
    Confirmed { username: String, ticket: String },
    Utilised,
}

/// Reason for a revocation: `reason` in `authorization.removed` (docs/tiktok-api.md 6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RemovalReason {
    /// The user disconnected the app.
    ByUser = 1,
    /// The account was deleted.
    AccountDeleted = 2,
    /// The user's age changed.
    AgeChanged = 3,
    /// TikTok banned the account.
    Banned = 4,
    /// The app called the revoke endpoint.
    ByDeveloper = 5,
}
