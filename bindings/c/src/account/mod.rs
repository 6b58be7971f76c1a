//! Functions that read connected accounts.

pub mod accounts;
pub mod creator;
pub mod user;
pub mod video;
