//! Connected accounts, their profiles and their videos.

pub mod accounts;
pub mod creator;
pub mod user;
pub mod video;
