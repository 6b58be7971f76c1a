//! The Display API (docs/tiktok-api.md 4).

pub(crate) mod fields;
pub(crate) mod user;
pub(crate) mod video;
