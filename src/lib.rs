//! toklink
#![forbid(unsafe_code)]

pub mod clock;
pub mod error;
pub mod media;
pub mod oauth;
pub mod quota;
pub mod secret;
pub mod store;
pub mod vault;
