//! Limits of requests, and how much of each is used.

pub mod policy;
pub mod windows;
