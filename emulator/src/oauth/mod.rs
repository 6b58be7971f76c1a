//! Login Kit and token management (docs/tiktok-api.md 1, 2, 3).

pub(crate) mod access;
pub(crate) mod authorize;
pub(crate) mod consent;
pub(crate) mod error;
mod pages;
pub(crate) mod pkce;
pub(crate) mod qr;
pub(crate) mod revoke;
pub(crate) mod scopes;
pub(crate) mod token;
