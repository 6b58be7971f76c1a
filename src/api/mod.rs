//! TikTok's calls as values: each builds a request and reads the reply's data; none of them knows the network.

pub mod call;
pub mod caption;
pub mod creator;
pub mod post;
pub mod status;
pub mod user;
pub mod video;
