//! Request limits and their usage.

pub mod calls;
pub mod policy;
pub mod windows;
