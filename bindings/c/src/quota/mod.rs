//! Quota windows and policies.

pub mod policy;
pub mod windows;
