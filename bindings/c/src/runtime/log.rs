//! The host's log: a line for each operation that ended and for each request that is retried.

use crate::ffi::error::{Failure, with_options};
use crate::ffi::guard;
use crate::ffi::result::Parts;
use crate::ffi::testing::{self, Stage};
use crate::runtime::callback::calling;
use crate::runtime::delivery::Post;
use crate::runtime::kept::Kept;
use core_toklink::RetryNotice;
use std::ffi::{c_char, c_void};
use std::sync::{Arc, OnceLock};

/// The severity of a log line.
#[repr(u32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum toklink_log_level {
    /// An operation failed.
    TOKLINK_LOG_ERROR = 1,
    /// A request failed and is retried.
    TOKLINK_LOG_WARNING = 2,
    /// An operation succeeded.
    TOKLINK_LOG_INFO = 3,
}

/// Receives one line without a line break. The line is valid until the callback returns. No line contains a token, a
/// code, a secret or an upload URL. Called on the callback thread; without `wake`, the line of a blocking call is
/// logged on the calling thread, so calls may overlap.
pub type toklink_log_callback =
    Option<unsafe extern "C" fn(user_data: *mut c_void, level: toklink_log_level, line: *const c_char)>;

/// The host's log.
#[derive(Debug)]
pub(crate) struct Log {
    callback: toklink_log_callback,
    kept: Arc<Kept>,
    /// The callback thread, once the client has started.
    post: OnceLock<Post>,
}

impl Log {
    pub(crate) fn new(callback: toklink_log_callback, kept: Arc<Kept>) -> Self {
        Self { callback, kept, post: OnceLock::new() }
    }

    /// Sets the callback thread of the client.
    pub(crate) fn is_used_by(&self, post: Post) {
        let _set_before = self.post.set(post);
    }

    /// Logs a retried request on the callback thread.
    pub(crate) fn retried(self: &Arc<Self>, notice: &RetryNotice) {
        let Some(post) = self.post.get() else { return };
        let pause = notice.pause.map_or_else(String::new, |pause| format!(" in {} ms", pause.as_millis()));
        let line = format!("{}: {}; retrying{pause}", notice.operation, with_options(&notice.cause));
        let log = Arc::clone(self);
        post.send(move || log.write(toklink_log_level::TOKLINK_LOG_WARNING, &line));
    }

    fn write(&self, level: toklink_log_level, line: &str) {
        let Some(callback) = self.callback else { return };
        let mut parts = Parts::default();
        let line = parts.text(line);
        // SAFETY: the host's function and pointer; the line is valid until it returns.
        calling(|| unsafe { callback(self.kept.pointer(), level, line) });
    }

    /// Logs the end of a blocking call, on this thread unless the host's thread runs all callbacks.
    pub(crate) fn note_call(log: Option<&Arc<Self>>, name: &'static str, failure: Option<Failure>) {
        let Some(log) = log else { return };
        match log.post.get().filter(|post| post.is_dispatched()) {
            Some(post) => {
                let log = Arc::clone(log);
                post.send(move || Self::note(Some(&log), name, failure.as_ref()));
            }
            None => Self::note(Some(log), name, failure.as_ref()),
        }
    }

    /// Logs the end of an operation. A panic while logging does not change the operation's result.
    pub(crate) fn note(log: Option<&Arc<Self>>, name: &str, failure: Option<&Failure>) {
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
