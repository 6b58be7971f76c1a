//! The console's script and style sheet. The emulator serves both files itself, so that the console works offline.

pub(super) const STYLE: &str = include_str!("console.css");
pub(super) const SCRIPT: &str = include_str!("console.js");
