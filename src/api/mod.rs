//! TikTok's API calls as values. Each builds a request and parses the data of the reply, without network access.

pub mod call;
pub mod caption;
pub mod creator;
pub mod post;
pub mod status;
pub mod user;
pub mod video;
