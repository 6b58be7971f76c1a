//! The console's two files, served by the emulator itself: it has to work without a network.

pub(super) const STYLE: &str = include_str!("console.css");
pub(super) const SCRIPT: &str = include_str!("console.js");
