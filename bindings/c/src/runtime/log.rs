//! The host's log: one line for each finished operation, and one for each retried request.

use crate::ffi::error::{Failure, with_options};
use crate::ffi::guard;
use crate::ffi::result::Parts;
use crate::ffi::testing::{self, Stage};
use crate::runtime::callback::{Kept, calling};
use crate::runtime::delivery::Post;
use core_toklink::RetryNotice;
use std::ffi::{c_char, c_void};
use std::sync::{Arc, OnceLock};

/// The severity of a line.
#[repr(u32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum toklink_log_level {
    /// An operation failed.
    TOKLINK_LOG_ERROR = 1,
    /// A request failed and will be retried.
    TOKLINK_LOG_WARNING = 2,
    /// An operation succeeded.
    TOKLINK_LOG_INFO = 3,
}

/// Receives one line, without a line terminator. The line is valid until the callback returns. It never contains a
/// token, a code, a secret or an upload URL. Called on the thread whose call ended, or on the callback thread; calls
/// may overlap.
pub type toklink_log_callback =
    Option<unsafe extern "C" fn(user_data: *mut c_void, level: toklink_log_level, line: *const c_char)>;

/// The host's log.
#[derive(Debug)]
pub(crate) struct Log {
    callback: toklink_log_callback,
    kept: Arc<Kept>,
    /// The way to the callback thread, once the client has started.
    post: OnceLock<Post>,
}

impl Log {
    pub(crate) fn new(callback: toklink_log_callback, kept: Arc<Kept>) -> Self {
        Self { callback, kept, post: OnceLock::new() }
    }

    /// Sets the thread on which lines about retries are written.
    pub(crate) fn is_used_by(&self, post: Post) {
        let _set_before = self.post.set(post);
    }

    /// Writes a line about a request that is sent again, on the callback thread.
    pub(crate) fn retried(self: &Arc<Self>, notice: &RetryNotice) {
        let Some(post) = self.post.get() else { return };
        let pause = notice.pause.map_or_else(String::new, |pause| format!(" in {} ms", pause.as_millis()));
        let line = format!("{}: {}; trying again{pause}", notice.operation, with_options(&notice.cause));
        let log = Arc::clone(self);
        post.send(move || log.write(toklink_log_level::TOKLINK_LOG_WARNING, &line));
    }

    fn write(&self, level: toklink_log_level, line: &str) {
        let Some(callback) = self.callback else { return };
        let mut parts = Parts::default();
        let line = parts.text(line);
        // SAFETY: the host's own function and pointer; the line is valid until the function returns.
        calling(|| unsafe { callback(self.kept.pointer(), level, line) });
    }

    /// Writes a line about an operation that ended. A line that cannot be written is lost; the operation ends as it did.
    pub(crate) fn note(log: Option<&Self>, name: &str, failure: Option<&Failure>) {
        let Some(log) = log else { return };
        guard::attempt(|| {
            testing::pass(Stage::Log);
            let (level, line) = match failure {
                None => (toklink_log_level::TOKLINK_LOG_INFO, format!("{name}: done")),
                Some(failure) => {
                    (toklink_log_level::TOKLINK_LOG_ERROR, format!("{name}: {}", failure.line()))
                }
            };
            log.write(level, &line);
        });
    }
}
