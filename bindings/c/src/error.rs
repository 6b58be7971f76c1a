//! The error object: what the core's error says, as values that C reads one by one.

use crate::guard;
use crate::handle;
use crate::status::{toklink_owner, toklink_status};
use crate::text::{Text, toklink_str};
use core_toklink::{Error, ErrorKind, Owner};

/// Why a call failed. Give it back with `toklink_error_free`. It never holds a token, a code, a secret or an upload
/// URL: it may be logged.
///
/// Thread safety: it never changes; any number of threads may read it, one frees it.
#[derive(Debug)]
pub struct toklink_error {
    status: toklink_status,
    owner: toklink_owner,
    message: Text,
    operation: Text,
    tiktok_code: Option<Text>,
    log_id: Option<Text>,
    fail_reason: Option<Text>,
    publish_id: Option<Text>,
    idempotency_key: Option<Text>,
    http_status: u16,
    retryable: bool,
    retry_after_ms: Option<u64>,
    may_have_been_sent: bool,
    safe_to_repeat: bool,
    problems: Vec<[Text; 3]>,
}

impl toklink_error {
    pub(crate) fn of(error: &Error) -> Self {
        let text = |text: Option<&str>| text.map(Text::new);
        Self {
            status: toklink_status::of(error.kind()),
            owner: toklink_owner::of(error.owner()),
            message: Text::new(error.message()),
            operation: Text::new(error.operation()),
            tiktok_code: text(error.tiktok_code()),
            log_id: text(error.log_id()),
            fail_reason: text(error.fail_reason()),
            publish_id: text(error.publish_id()),
            idempotency_key: text(error.idempotency_key()),
            http_status: error.http_status().unwrap_or(0),
            retryable: error.is_retryable(),
            retry_after_ms: error
                .retry_after()
                .map(|pause| u64::try_from(pause.as_millis()).unwrap_or(u64::MAX)),
            may_have_been_sent: error.may_have_been_sent(),
            safe_to_repeat: error.is_safe_to_repeat(),
            problems: error
                .problems()
                .iter()
                .map(|problem| [problem.variable(), problem.problem(), problem.fix()].map(Text::new))
                .collect(),
        }
    }

    /// The error of a panic. What was under way is unknown, so nothing is promised about what was sent.
    pub(crate) fn panicked() -> Self {
        let sentence =
            "toklink met a fault of its own and stopped this call; free its handles and please report it";
        let error = Error::new(ErrorKind::Internal, sentence).with_owner(Owner::Toklink);
        Self { status: toklink_status::TOKLINK_ERR_PANIC, may_have_been_sent: true, ..Self::of(&error) }
    }

    /// One line for a log.
    pub(crate) fn line(&self) -> String {
        let plain = |text: &Text| text.as_str().to_owned();
        let mut line = format!("{}: {}", crate::status::name_of(self.status), plain(&self.message));
        for (name, value) in [("tiktok_code", &self.tiktok_code), ("log_id", &self.log_id)] {
            if let Some(value) = value {
                line.extend([" (", name, " ", &plain(value), ")"]);
            }
        }
        line
    }

    pub(crate) fn status(&self) -> toklink_status {
        self.status
    }
}

/// Reads a field, or gives `otherwise` for NULL.
///
/// # Safety
/// NULL, or an error of ours that is not freed during the call.
unsafe fn field<T: Copy>(
    error: *const toklink_error,
    otherwise: T,
    get: impl FnOnce(&toklink_error) -> T,
) -> T {
    // SAFETY: the caller's promise.
    guard::value(otherwise, || unsafe { error.as_ref() }.map_or(otherwise, get))
}

/// What to do next: the status that the failed call returned. `TOKLINK_OK` for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_error_status(error: *const toklink_error) -> toklink_status {
    // SAFETY: the conventions of the header.
    unsafe { field(error, toklink_status::TOKLINK_OK, |e| e.status) }
}

/// What happened and what to do next, in one English sentence. Empty for NULL. Lives as long as the error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_error_message(error: *const toklink_error) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { field(error, toklink_str::of(None), |e| e.message.view()) }
}

/// The operation that failed, for example `probe_video`; empty outside any. Lives as long as the error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_error_operation(error: *const toklink_error) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { field(error, toklink_str::of(None), |e| e.operation.view()) }
}

/// Whose move it is. `TOKLINK_OWNER_APP` for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_error_owner(error: *const toklink_error) -> toklink_owner {
    // SAFETY: the conventions of the header.
    unsafe { field(error, toklink_owner::TOKLINK_OWNER_APP, |e| e.owner) }
}

/// The HTTP status of TikTok's answer, 0 when there was none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_error_http_status(error: *const toklink_error) -> u16 {
    // SAFETY: the conventions of the header.
    unsafe { field(error, 0, |e| e.http_status) }
}

/// TikTok's own error code, for example `rate_limit_exceeded`; empty when there was none. Lives as long as the
/// error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_error_tiktok_code(error: *const toklink_error) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { field(error, toklink_str::of(None), |e| toklink_str::of(e.tiktok_code.as_ref())) }
}

/// TikTok's log id, which its support asks for; empty when there was none. Lives as long as the error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_error_log_id(error: *const toklink_error) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { field(error, toklink_str::of(None), |e| toklink_str::of(e.log_id.as_ref())) }
}

/// TikTok's reason for a failed publish; empty when there was none. Lives as long as the error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_error_fail_reason(error: *const toklink_error) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { field(error, toklink_str::of(None), |e| toklink_str::of(e.fail_reason.as_ref())) }
}

/// The key under which the failed publish goes on when it is begun again; empty when the error is about none. Lives as
/// long as the error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_error_idempotency_key(error: *const toklink_error) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { field(error, toklink_str::of(None), |e| toklink_str::of(e.idempotency_key.as_ref())) }
}

/// The publish that the error is about; empty when it is about none. Lives as long as the error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_error_publish_id(error: *const toklink_error) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { field(error, toklink_str::of(None), |e| toklink_str::of(e.publish_id.as_ref())) }
}

/// Returns the number of problems of a `TOKLINK_ERR_CONFIG` error that is about settings; 0 for other errors and for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_error_problem_count(error: *const toklink_error) -> usize {
    // SAFETY: the conventions of the header.
    unsafe { field(error, 0, |e| e.problems.len()) }
}

/// Returns the environment variable of the problem at `index`, from 0; empty beyond the last. Lives as long as the error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_error_problem_variable(
    error: *const toklink_error,
    index: usize,
) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { problem_part(error, index, 0) }
}

/// Returns the fault of the setting at `index`, for example `is not set`; empty beyond the last. It never holds the value. Lives
/// as long as the error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_error_problem_text(
    error: *const toklink_error,
    index: usize,
) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { problem_part(error, index, 1) }
}

/// Returns the correction of the problem at `index`; empty beyond the last. Lives as long as the error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_error_problem_fix(error: *const toklink_error, index: usize) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { problem_part(error, index, 2) }
}

/// Returns one text of a problem.
///
/// # Safety
/// NULL, or an error of ours that is not freed during the call.
unsafe fn problem_part(error: *const toklink_error, index: usize, part: usize) -> toklink_str {
    let text =
        |e: &toklink_error| toklink_str::of(e.problems.get(index).and_then(|problem| problem.get(part)));
    // SAFETY: the caller's promise.
    unsafe { field(error, toklink_str::of(None), text) }
}

/// Whether trying the same call again can help.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_error_is_retryable(error: *const toklink_error) -> bool {
    // SAFETY: the conventions of the header.
    unsafe { field(error, false, |e| e.retryable) }
}

/// The known pause before trying again, in milliseconds. Returns whether there is one, and writes it only then.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_error_retry_after_ms(error: *const toklink_error, out_ms: *mut u64) -> bool {
    // SAFETY: the conventions of the header.
    let pause = unsafe { field(error, None, |e| e.retry_after_ms) };
    match pause {
        Some(pause) if !out_ms.is_null() => {
            // SAFETY: not NULL, and the caller promises that it is writable.
            unsafe { out_ms.write(pause) };
            true
        }
        _ => false,
    }
}

/// Returns whether the request may have reached TikTok although no answer was read. Start such a publish again only when
/// `toklink_error_is_safe_to_repeat` returns true, and under the same idempotency key.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_error_may_have_been_sent(error: *const toklink_error) -> bool {
    // SAFETY: the conventions of the header.
    unsafe { field(error, false, |e| e.may_have_been_sent) }
}

/// Whether the same publish may be begun again although it may have been sent.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_error_is_safe_to_repeat(error: *const toklink_error) -> bool {
    // SAFETY: the conventions of the header.
    unsafe { field(error, false, |e| e.safe_to_repeat) }
}

/// Frees the error and every view of its texts. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_error_free(error: *mut toklink_error) {
    // SAFETY: the conventions of the header: ours, freed once.
    guard::value((), || unsafe { handle::take(error) });
}

#[cfg(test)]
mod tests {
    use super::*;
    use core_toklink::{Dispatch, Retry};
    use std::ffi::CStr;
    use std::ptr;
    use std::time::Duration;

    fn words(text: toklink_str) -> String {
        // SAFETY: everything handed out is terminated and lives as long as the error.
        unsafe { CStr::from_ptr(text.data) }.to_str().unwrap().to_owned()
    }

    #[test]
    fn all_that_the_core_says_can_be_read() {
        let core = Error::new(ErrorKind::RateLimited, "wait a little")
            .with_operation("publish_video")
            .with_dispatch(Dispatch::MaybeSent)
            .with_retry(Retry::After(Duration::from_millis(1500)))
            .with_owner(Owner::TikTok)
            .with_tiktok_code("rate_limit_exceeded")
            .with_http_status(429)
            .with_log_id(Some("2024A"));
        let error = handle::give(toklink_error::of(&core));
        let mut pause = 0;
        // SAFETY: the error is alive until it is freed in the last line.
        unsafe {
            assert_eq!(toklink_error_status(error), toklink_status::TOKLINK_ERR_RATE_LIMITED);
            assert_eq!(words(toklink_error_message(error)), "wait a little");
            assert_eq!(words(toklink_error_operation(error)), "publish_video");
            assert_eq!(toklink_error_owner(error), toklink_owner::TOKLINK_OWNER_TIKTOK);
            assert_eq!(words(toklink_error_tiktok_code(error)), "rate_limit_exceeded");
            assert_eq!(words(toklink_error_log_id(error)), "2024A");
            assert_eq!(words(toklink_error_fail_reason(error)), "");
            assert_eq!(toklink_error_http_status(error), 429);
            assert!(toklink_error_is_retryable(error) && toklink_error_may_have_been_sent(error));
            assert!(toklink_error_retry_after_ms(error, &raw mut pause) && pause == 1500);
            toklink_error_free(error);
        }
    }

    #[test]
    fn null_reads_as_no_error() {
        let mut untouched = 7;
        // SAFETY: NULL is allowed.
        unsafe {
            assert_eq!(toklink_error_status(ptr::null()), toklink_status::TOKLINK_OK);
            assert_eq!(words(toklink_error_message(ptr::null())), "");
            assert!(!toklink_error_retry_after_ms(ptr::null(), &raw mut untouched));
            toklink_error_free(ptr::null_mut());
        }
        assert_eq!(untouched, 7);
    }
}
