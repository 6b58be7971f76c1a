//! The Content Posting API and the upload host (docs/tiktok-api.md 5).

pub(crate) mod body;
pub(crate) mod cancel;
pub(crate) mod chunks;
pub(crate) mod creator;
pub(crate) mod eligibility;
pub(crate) mod init;
pub(crate) mod photo;
pub(crate) mod status;
pub(crate) mod upload;
