//! Lines for the host's log: one for each operation that ended.

use crate::callback::{Kept, calling};
use crate::error::toklink_error;
use crate::guard;
use crate::testing::{self, Stage};
use crate::text::{Text, toklink_str};
use core_toklink::Error;
use std::ffi::c_void;

/// How important a line is.
#[repr(u32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum toklink_log_level {
    /// An operation failed.
    TOKLINK_LOG_ERROR = 1,
    /// An operation ended as it should.
    TOKLINK_LOG_INFO = 3,
}

/// Takes one line, UTF-8 without an end of line, which lives as long as the call. No line holds a token, a code, a
/// secret or an upload URL. Called from the thread whose call ended, or from the thread of callbacks; several at the
/// same time are possible.
pub type toklink_log_callback =
    Option<unsafe extern "C" fn(user_data: *mut c_void, level: toklink_log_level, line: toklink_str)>;

/// Where lines go.
#[derive(Debug)]
pub(crate) struct Log {
    callback: toklink_log_callback,
    kept: Kept,
}

impl Log {
    pub(crate) fn new(callback: toklink_log_callback, kept: Kept) -> Self {
        Self { callback, kept }
    }

    /// Notes how an operation ended.
    pub(crate) fn note(log: Option<&Self>, name: &str, error: Option<&Error>) {
        if let Some(log) = log {
            log.tell(name, error.map(toklink_error::of).as_ref());
        }
    }

    /// Notes how an operation ended whose error was converted already.
    pub(crate) fn note_error(log: Option<&Self>, name: &str, error: Option<&toklink_error>) {
        if let Some(log) = log {
            log.tell(name, error);
        }
    }

    /// A line that cannot be told is lost; the operation that it is about ends as it did.
    fn tell(&self, name: &str, error: Option<&toklink_error>) {
        let Some(callback) = self.callback else { return };
        guard::attempt(|| {
            testing::pass(Stage::Log);
            let (level, line) = match error {
                None => (toklink_log_level::TOKLINK_LOG_INFO, format!("{name}: done")),
                Some(error) => (toklink_log_level::TOKLINK_LOG_ERROR, format!("{name}: {}", error.line())),
            };
            let line = Text::new(&line);
            // SAFETY: the host's own function and pointer; the line lives until it returns.
            calling(|| unsafe { callback(self.kept.pointer(), level, line.view()) });
        });
    }
}
