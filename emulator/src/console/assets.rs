//! The two files of the console. The emulator serves them itself, so that the console works without a network.

pub(super) const STYLE: &str = include_str!("console.css");
pub(super) const SCRIPT: &str = include_str!("console.js");
