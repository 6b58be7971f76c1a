//! Encrypts all stored tokens again with the current key.

use crate::client::account_id;
use crate::client::entry::{start, wait};
use crate::client::toklink_client;
use crate::ffi::error::toklink_error;
use crate::ffi::guard;
use crate::ffi::input::{self, Options};
use crate::ffi::result::{self, Parts, View};
use crate::ffi::status::toklink_status;
use crate::runtime::operations::toklink_op;
use crate::runtime::progress::reporting;
use crate::runtime::task::Task;
use core_toklink::{ResealFailure, ResealFormat, ResealOptions, ResealProgress, ResealReport, Result};
use std::ffi::{c_char, c_void};
use std::ptr;

/// The progress of a reseal. A plain value that may be copied.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct toklink_reseal_progress {
    /// Number of accounts that were processed.
    pub done: u64,
    /// Number of accounts whose tokens were encrypted again.
    pub resealed: u64,
    /// Number of accounts whose tokens were already current.
    pub current: u64,
    /// Number of accounts without tokens.
    pub skipped: u64,
    /// Number of accounts whose tokens could not be decrypted or written; they are unchanged.
    pub failed: u64,
    /// Number of accounts in the store; -1 if unknown.
    pub total: i64,
}

impl From<ResealProgress> for toklink_reseal_progress {
    fn from(from: ResealProgress) -> Self {
        Self {
            done: from.done,
            resealed: from.resealed,
            current: from.current,
            skipped: from.skipped,
            failed: from.failed,
            total: from.total.map_or(-1, |total| i64::try_from(total).unwrap_or(i64::MAX)),
        }
    }
}

/// Receives the progress of a reseal after each page of accounts; a slow host skips values. Called on the calling
/// thread of a blocking call, otherwise on the callback thread. Returns true to continue; false cancels the reseal.
pub type toklink_reseal_progress_callback =
    Option<unsafe extern "C" fn(user_data: *mut c_void, progress: *const toklink_reseal_progress) -> bool>;

/// The settings of a reseal. Initialise them with `TOKLINK_RESEAL_OPTIONS_INIT`.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct toklink_reseal_options {
    /// The size of this struct, which `TOKLINK_RESEAL_OPTIONS_INIT` sets.
    pub size: usize,
    /// Counts the accounts without writing anything.
    pub check_only: bool,
    /// Also encrypts tokens that are stored in clear text. No other function accepts clear text.
    pub accept_clear_text: bool,
    /// Encrypts the tokens with the first key in the legacy format. Its values are not bound to an account, and a
    /// client decrypts them only with `accept_legacy`.
    pub to_legacy: bool,
    /// Milliseconds after which the reseal fails with `TOKLINK_REASON_TIMED_OUT`. 0: no limit.
    pub timeout_ms: u64,
    /// Receives the progress; NULL: none.
    pub progress: toklink_reseal_progress_callback,
    /// Passed to `progress`; must stay valid until the reseal ends.
    pub progress_data: *mut c_void,
}

// SAFETY: `repr(C)`, starts with its size, and pointers, numbers, flags and callbacks may be 0.
unsafe impl Options for toklink_reseal_options {
    const NAME: &'static str = "toklink_reseal_options";
}

/// A key that stored tokens need.
#[repr(C)]
#[derive(Debug)]
pub struct toklink_reseal_key {
    /// The name of the key.
    pub name: *const c_char,
    /// Number of accounts that need it.
    pub accounts: u64,
}

impl View<(String, u64)> for toklink_reseal_key {
    fn of((name, accounts): &(String, u64), parts: &mut Parts) -> Self {
        Self { name: parts.text(name), accounts: *accounts }
    }
}

/// The failure of one account in a reseal.
#[repr(C)]
#[derive(Debug)]
pub struct toklink_reseal_failure {
    /// The id of the account.
    pub account: *const c_char,
    /// The status of the failure.
    pub status: toklink_status,
    /// The problem and the next step in English.
    pub message: *const c_char,
}

impl View<ResealFailure> for toklink_reseal_failure {
    fn of(failure: &ResealFailure, parts: &mut Parts) -> Self {
        Self {
            account: parts.text(&account_id::of(&failure.tenant, &failure.account_id)),
            status: toklink_status::of_code(failure.code),
            message: parts.text(&failure.message),
        }
    }
}

/// The result of a reseal.
///
/// Threads: immutable; any number of threads may read it.
#[repr(C)]
#[derive(Debug)]
pub struct toklink_reseal_report {
    /// Number of accounts that were processed.
    pub done: u64,
    /// Number of accounts whose tokens were encrypted again.
    pub resealed: u64,
    /// Number of accounts whose tokens were already current.
    pub current: u64,
    /// Number of accounts without tokens.
    pub skipped: u64,
    /// Number of accounts whose tokens could not be decrypted or written; they are unchanged.
    pub failed: u64,
    /// Number of accounts that must still be encrypted again; 0 if older keys can be removed.
    pub outstanding: u64,
    /// Number of accounts that were encrypted with an older key.
    pub older_key: u64,
    /// Number of accounts that were stored in the legacy format.
    pub legacy: u64,
    /// Number of accounts that were stored in clear text.
    pub clear_text: u64,
    /// The name of the current encryption key.
    pub sealing_key: *const c_char,
    /// The keys that stored tokens still need.
    pub keys: *const *const toklink_reseal_key,
    /// Number of `keys`.
    pub key_count: usize,
    /// The failures, at most 100.
    pub failures: *const *const toklink_reseal_failure,
    /// Number of `failures`.
    pub failure_count: usize,
}

impl View<ResealReport> for toklink_reseal_report {
    fn of(report: &ResealReport, parts: &mut Parts) -> Self {
        let keys: Vec<(String, u64)> =
            report.keys.iter().map(|(name, count)| (name.clone(), *count)).collect();
        let (keys, key_count) = parts.children(&keys);
        let (failures, failure_count) = parts.children(&report.failures);
        Self {
            done: report.counts.done,
            resealed: report.counts.resealed,
            current: report.counts.current,
            skipped: report.counts.skipped,
            failed: report.counts.failed,
            outstanding: report.outstanding,
            older_key: report.older_key,
            legacy: report.legacy,
            clear_text: report.clear_text,
            sealing_key: parts.text(&report.sealing_key),
            keys,
            key_count,
            failures,
            failure_count,
        }
    }
}

/// Receives the result of `toklink_reseal_accounts`. `report` is NULL on failure and `error` is NULL on success; both
/// are valid until the callback returns.
pub type toklink_reseal_done = Option<
    unsafe extern "C" fn(
        user_data: *mut c_void,
        operation: toklink_op,
        report: *const toklink_reseal_report,
        error: *const toklink_error,
    ),
>;

/// Frees a report. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_reseal_report_free(report: *const toklink_reseal_report) {
    // SAFETY: the header requires valid arguments.
    guard::value((), || unsafe { result::free(report) });
}

/// # Safety
/// The argument is NULL or points to valid options.
unsafe fn reseal_accounts(
    options: *const toklink_reseal_options,
    user_data: *mut c_void,
) -> Result<Task<ResealReport>> {
    // SAFETY: the caller guarantees valid arguments.
    let options = unsafe { input::options(options)? };
    let chosen = ResealOptions {
        check_only: options.check_only,
        accept_clear_text: options.accept_clear_text,
        format: if options.to_legacy { ResealFormat::Legacy } else { ResealFormat::Current },
        ..ResealOptions::default()
    };
    let data = [options.progress_data, user_data];
    let task = reporting("reseal_accounts", options.progress, data, move |context, progress| async move {
        let options = ResealOptions { progress, cancel: context.cancel, ..chosen };
        context.client.reseal_accounts(&options).await
    });
    Ok(task.within(options.timeout_ms))
}

/// Encrypts the tokens of all accounts again whose key or format is not current. Other operations may run at the same
/// time. `options` may be NULL. It may be cancelled and called again at any time; accounts that were already encrypted
/// again are not changed back.
///
/// Errors: `TOKLINK_ERR_CONFIG` if the store does not support it. The report contains the failures of single accounts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_reseal_accounts(
    client: *const toklink_client,
    options: *const toklink_reseal_options,
    done: toklink_reseal_done,
    user_data: *mut c_void,
    out_operation: *mut toklink_op,
) {
    // SAFETY: the header requires valid arguments.
    unsafe {
        start(client, "reseal_accounts", done, user_data, out_operation, |_| {
            reseal_accounts(options, user_data)
        });
    }
}

/// Like `toklink_reseal_accounts`, but blocks until the operation ends. Returns NULL on failure. Free the result with
/// `toklink_reseal_report_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_reseal_accounts_blocking(
    client: *const toklink_client,
    options: *const toklink_reseal_options,
    error: *mut *mut toklink_error,
) -> *const toklink_reseal_report {
    // SAFETY: the header requires valid arguments.
    unsafe { wait(client, error, |_| reseal_accounts(options, ptr::null_mut())) }
}
