//! Errors, and the wrappers for functions that can fail.

use crate::ffi::guard;
use crate::ffi::reason::toklink_reason;
use crate::ffi::result::{self, Owned, Parts, View};
use crate::ffi::status::{name_of, toklink_owner, toklink_status};
use crate::ffi::testing::{self, Stage};
use core_toklink::{ConfigProblem, Error, ErrorKind, Owner, Result};
use std::ffi::c_char;
use std::ptr;

/// One invalid or missing setting in a `TOKLINK_ERR_CONFIG` error. It never contains the value, which may be a secret.
#[repr(C)]
#[derive(Debug)]
pub struct toklink_config_problem {
    /// The field of the options, for example `client_key`.
    pub option: *const c_char,
    /// The environment variable for the same setting, for example `TIKTOK_CLIENT_KEY`; empty if there is none.
    pub variable: *const c_char,
    /// The problem, for example `is not set`.
    pub problem: *const c_char,
    /// The correction, for example `copy it from TikTok's developer portal`.
    pub fix: *const c_char,
}

/// The reason why a call failed. It never contains a token, a code, a secret or an upload URL, so it may be logged.
/// Programs branch on `status`, `reason`, `owner`, `may_have_been_sent` and `retry_after_ms`, never on `message`.
///
/// Threads: immutable; any number of threads may read it.
#[repr(C)]
#[derive(Debug)]
pub struct toklink_error {
    /// The status, which determines what to do next; never `TOKLINK_OK`.
    pub status: toklink_status,
    /// The exact situation.
    pub reason: toklink_reason,
    /// The party that has to act.
    pub owner: toklink_owner,
    /// The HTTP status of TikTok's response; 0 if there was none.
    pub http_status: u32,
    /// Milliseconds after which a retry can succeed; -1 if unknown. Known for every `TOKLINK_ERR_RATE_LIMITED`.
    pub retry_after_ms: i64,
    /// True if the same call can succeed later.
    pub retryable: bool,
    /// True if TikTok may have received a request that changes something, for example after an upload was cancelled. If
    /// `safe_to_repeat` is true, publish again with the same idempotency key; follow `reason` for `STREAM_FAILED`,
    /// `STREAM_LENGTH_MISMATCH` and `KEY_IN_USE`. Otherwise look for the post first.
    pub may_have_been_sent: bool,
    /// True if the same call with the same idempotency key continues an interrupted upload. False does not mean that it
    /// would post twice: see `may_have_been_sent` and `reason`.
    pub safe_to_repeat: bool,
    /// The problem and the next step, in one English sentence.
    pub message: *const c_char,
    /// The operation that failed, for example `publish_video`; empty if no operation failed.
    pub operation: *const c_char,
    /// TikTok's error code, for example `rate_limit_exceeded`; empty if there was none.
    pub tiktok_code: *const c_char,
    /// TikTok's log id, which its support asks for; empty if there was none.
    pub log_id: *const c_char,
    /// TikTok's reason for a failed publish; empty if there was none.
    pub fail_reason: *const c_char,
    /// TikTok's id of the publish; empty if the error does not concern a publish.
    pub publish_id: *const c_char,
    /// The key that resumes the publish; empty if the error does not concern a publish.
    pub idempotency_key: *const c_char,
    /// The invalid settings of a `TOKLINK_ERR_CONFIG` error.
    pub problems: *const *const toklink_config_problem,
    /// Number of `problems`; 0 for other errors.
    pub problem_count: usize,
}

/// Maps the setting names of the core to the fields of `toklink_options`.
const OPTIONS: [(&str, &str); 17] = [
    ("proxy_url (proxyUrl)", "proxy_url"),
    ("idempotency_key (idempotencyKey)", "idempotency_key"),
    ("journal_retention", "journal_retention_ms"),
    ("TIKTOK_CA_FILE (caFile)", "ca_file"),
    ("TOKLINK_REDIS_URL (or the option redisUrl)", "redis_url"),
    ("the option redisUrl", "redis_url"),
    ("TIKTOK_CLIENT_KEY", "client_key"),
    ("TIKTOK_CLIENT_SECRET", "client_secret"),
    ("TIKTOK_CALLBACK_URL", "callback_url"),
    ("TOKEN_ENCRYPTION_KEYS", "encryption_keys"),
    ("TOKEN_ENCRYPTION_KEY", "encryption_key"),
    ("TIKTOK_API_BASE_URL", "api_base_url"),
    ("TIKTOK_AUTH_BASE_URL", "auth_base_url"),
    ("TIKTOK_CA_FILE", "ca_file"),
    ("SSL_CERT_FILE", "ca_file"),
    ("TOKLINK_REDIS_URL", "redis_url"),
    ("REDIS_URL", "redis_url"),
];

/// Replaces the environment variables in a message with the names of the C options.
pub(crate) fn with_options(text: &str) -> String {
    OPTIONS.iter().fold(text.to_owned(), |text, (variable, option)| text.replace(variable, option))
}

impl View<ConfigProblem> for toklink_config_problem {
    fn of(problem: &ConfigProblem, parts: &mut Parts) -> Self {
        Self {
            option: parts.text(&with_options(problem.variable())),
            variable: parts.text(if is_variable(problem.variable()) { problem.variable() } else { "" }),
            problem: parts.text(problem.problem()),
            fix: parts.text(&with_options(problem.fix())),
        }
    }
}

/// Returns true if the name is an environment variable rather than an option.
fn is_variable(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_')
}

/// A failure that is reported to the host.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    pub(crate) error: Error,
    panicked: bool,
}

impl Failure {
    /// Returns the failure for a panic. A request may have been sent before it.
    pub(crate) fn panicked() -> Self {
        let sentence = "a panic in toklink stopped this call; please report this bug";
        Self { error: Error::new(ErrorKind::Internal, sentence).with_owner(Owner::Toklink), panicked: true }
    }

    pub(crate) fn status(&self) -> toklink_status {
        let of_kind = toklink_status::of(self.error.kind());
        if self.panicked { toklink_status::TOKLINK_ERR_PANIC } else { of_kind }
    }

    /// Returns the C view of the error.
    #[expect(
        clippy::unnecessary_box_returns,
        reason = "the host receives its address, which must not change"
    )]
    pub(crate) fn view(&self) -> Box<Owned<toklink_error>> {
        Owned::new(self)
    }

    /// Returns one line for a log.
    pub(crate) fn line(&self) -> String {
        let mut line = format!("{}: {}", name_of(self.status()), with_options(self.error.message()));
        for (name, value) in [("tiktok_code", self.error.tiktok_code()), ("log_id", self.error.log_id())] {
            if let Some(value) = value {
                line.extend([" (", name, " ", value, ")"]);
            }
        }
        line
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self { error, panicked: false }
    }
}

impl View<Failure> for toklink_error {
    fn of(failure: &Failure, parts: &mut Parts) -> Self {
        let error = &failure.error;
        let (problems, problem_count) = parts.children(error.problems());
        let message = with_options(error.message());
        Self {
            status: failure.status(),
            reason: toklink_reason::of(error.reason()),
            owner: toklink_owner::of(error.owner()),
            http_status: error.http_status().map_or(0, u32::from),
            retry_after_ms: error
                .retry_after()
                .map_or(-1, |pause| i64::try_from(pause.as_millis()).unwrap_or(i64::MAX)),
            retryable: error.is_retryable(),
            may_have_been_sent: failure.panicked || error.may_have_been_sent(),
            safe_to_repeat: !failure.panicked && error.is_safe_to_repeat(),
            message: parts.text(&message),
            operation: parts.text(error.operation()),
            tiktok_code: parts.maybe(error.tiktok_code()),
            log_id: parts.maybe(error.log_id()),
            fail_reason: parts.maybe(error.fail_reason()),
            publish_id: parts.maybe(error.publish_id()),
            idempotency_key: parts.maybe(error.idempotency_key()),
            problems,
            problem_count,
        }
    }
}

impl View<Error> for toklink_error {
    fn of(error: &Error, parts: &mut Parts) -> Self {
        Self::of(&Failure::from(error.clone()), parts)
    }
}

/// Frees an error. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_error_free(error: *const toklink_error) {
    // SAFETY: the header requires a result of this library that is freed once.
    guard::value((), || unsafe { result::free(error) });
}

/// Runs work that can fail or panic.
pub(crate) fn tried<T>(work: impl FnOnce() -> Result<T>) -> std::result::Result<T, Failure> {
    let work = || {
        testing::at(Stage::Entry)?;
        work()
    };
    match guard::caught(work) {
        Some(outcome) => outcome.map_err(Failure::from),
        None => Err(Failure::panicked()),
    }
}

/// Runs a C function that returns a status. On failure, writes the error to `error` unless it is NULL.
///
/// # Safety
/// `error` is NULL or writable.
pub(crate) unsafe fn call(
    error: *mut *mut toklink_error,
    work: impl FnOnce() -> Result<()>,
) -> toklink_status {
    match tried(work) {
        Ok(()) => toklink_status::TOKLINK_OK,
        // SAFETY: the caller guarantees valid arguments.
        Err(failure) => unsafe { failed(error, &failure) },
    }
}

/// Runs a C function that returns a pointer. Returns NULL on failure.
///
/// # Safety
/// `error` is NULL or writable.
pub(crate) unsafe fn made<T>(
    error: *mut *mut toklink_error,
    work: impl FnOnce() -> Result<*const T>,
) -> *const T {
    match tried(work) {
        Ok(pointer) => pointer,
        Err(failure) => {
            // SAFETY: the caller guarantees valid arguments.
            let _status = unsafe { failed(error, &failure) };
            ptr::null()
        }
    }
}

/// Writes the error of a failed call.
///
/// # Safety
/// `error` is NULL or writable.
unsafe fn failed(error: *mut *mut toklink_error, failure: &Failure) -> toklink_status {
    if !error.is_null() {
        let view = result::give::<toklink_error, _>(failure);
        // SAFETY: not NULL, and the caller guarantees that it is writable.
        unsafe { error.write(view.cast_mut()) };
    }
    failure.status()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::CStr;
    use std::panic::panic_any;

    #[test]
    fn panic_becomes_a_status_and_an_error() {
        let mut error = ptr::null_mut();
        // SAFETY: `error` is writable, and the call wrote the error that is read and freed.
        unsafe {
            let status = call(&raw mut error, || panic_any("boom"));
            assert_eq!(status, toklink_status::TOKLINK_ERR_PANIC);
            assert!((*error).status == status && (*error).may_have_been_sent && !(*error).safe_to_repeat);
            toklink_error_free(error);
        }
    }

    #[test]
    fn success_does_not_write_the_error() {
        let mut untouched = ptr::dangling_mut();
        // SAFETY: NULL and a writable pointer are both allowed.
        unsafe {
            assert_eq!(call(&raw mut untouched, || Ok(())), toklink_status::TOKLINK_OK);
            let closed = || Err(Error::new(ErrorKind::Closed, "closed"));
            assert_eq!(call(ptr::null_mut(), closed), toklink_status::TOKLINK_ERR_CLOSED);
        }
        assert_eq!(untouched, ptr::dangling_mut());
    }

    #[test]
    fn configuration_error_names_the_options() {
        let problem = ConfigProblem::new("TIKTOK_CLIENT_KEY", "is not set", "copy it");
        let view = Failure::from(Error::config(vec![problem])).view();
        // SAFETY: strings of an error that is still alive.
        unsafe {
            let first = &**view.view().problems;
            assert_eq!(CStr::from_ptr(first.option), c"client_key");
            assert_eq!(CStr::from_ptr(first.variable), c"TIKTOK_CLIENT_KEY");
            assert!(CStr::from_ptr(view.view().message).to_str().unwrap().contains("client_key is not set"));
        }
    }
}
