//! Lines for the host's log: one for each operation that ended.

use crate::ffi::error::Failure;
use crate::ffi::guard;
use crate::ffi::result::Parts;
use crate::ffi::testing::{self, Stage};
use crate::runtime::callback::{Kept, calling};
use std::ffi::{c_char, c_void};
use std::sync::Arc;

/// The importance of a line.
#[repr(u32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum toklink_log_level {
    /// An operation failed.
    TOKLINK_LOG_ERROR = 1,
    /// An operation succeeded.
    TOKLINK_LOG_INFO = 3,
}

/// Receives one line without an end of line, which lives until the callback returns. No line contains a token, a code, a secret
/// or an upload URL. Called from the thread whose call ended, or from the thread of callbacks; calls may overlap.
pub type toklink_log_callback =
    Option<unsafe extern "C" fn(user_data: *mut c_void, level: toklink_log_level, line: *const c_char)>;

/// The host's log.
#[derive(Debug)]
pub(crate) struct Log {
    callback: toklink_log_callback,
    kept: Arc<Kept>,
}

impl Log {
    pub(crate) fn new(callback: toklink_log_callback, kept: Arc<Kept>) -> Self {
        Self { callback, kept }
    }

    /// Writes a line about an operation that ended. A line that cannot be written is lost; the operation ends as it did.
    pub(crate) fn note(log: Option<&Self>, name: &str, failure: Option<&Failure>) {
        let Some((log, callback)) = log.and_then(|log| Some((log, log.callback?))) else { return };
        guard::attempt(|| {
            testing::pass(Stage::Log);
            let (level, line) = match failure {
                None => (toklink_log_level::TOKLINK_LOG_INFO, format!("{name}: done")),
                Some(failure) => {
                    (toklink_log_level::TOKLINK_LOG_ERROR, format!("{name}: {}", failure.line()))
                }
            };
            let mut parts = Parts::default();
            let line = parts.text(&line);
            // SAFETY: the host's own function and pointer; the line lives until it returns.
            calling(|| unsafe { callback(log.kept.pointer(), level, line) });
        });
    }
}
