//! The consumer API: Login Kit, Display API and Content Posting API (docs/tiktok-api.md 4 and 5).

pub mod caption;
pub mod creator;
pub mod post;
pub mod status;
pub mod user;
pub mod video;
