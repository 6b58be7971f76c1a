//! Collection of the metrics of many accounts, once a day or more often.

use crate::client::account_id::{self, key};
use crate::client::entry::{start, wait};
use crate::client::toklink_client;
use crate::ffi::error::toklink_error;
use crate::ffi::guard;
use crate::ffi::input::{self, Options};
use crate::ffi::result::{self, Parts, View};
use crate::runtime::operations::toklink_op;
use crate::runtime::progress::reporting;
use crate::runtime::task::Task;
use core_toklink::{
    AccountSelection, CollectFailure, CollectOptions, CollectProgress, CollectReport, Error, Result,
};
use std::ffi::{c_char, c_void};
use std::num::NonZeroUsize;
use std::ptr;
use std::time::Duration;

/// Maximum number of accounts that are read at the same time; each needs a connection to TikTok.
const MAX_CONCURRENCY: usize = 100;

/// The progress of a collection. A plain value that may be copied.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct toklink_collect_progress {
    /// Number of accounts whose metrics this collection has stored.
    pub collected: u64,
    /// Number of accounts whose metrics were already stored, or that another process is reading.
    pub current: u64,
    /// Number of accounts that cannot be read until their user logs in again. An account whose access was just revoked
    /// first counts as failed.
    pub skipped: u64,
    /// Number of accounts whose metrics could not be read or stored.
    pub failed: u64,
    /// Number of accounts in the store; -1 if unknown.
    pub total: i64,
}

impl From<CollectProgress> for toklink_collect_progress {
    fn from(from: CollectProgress) -> Self {
        Self {
            collected: from.collected,
            current: from.current,
            skipped: from.skipped,
            failed: from.failed,
            total: from.total.map_or(-1, |total| i64::try_from(total).unwrap_or(i64::MAX)),
        }
    }
}

/// Receives the progress of a collection, in order; a slow host skips values. Called on the calling thread of a
/// blocking call, otherwise on the callback thread. Returns true to continue; false stops the collection, which keeps
/// the metrics that it has read.
pub type toklink_collect_progress_callback =
    Option<unsafe extern "C" fn(user_data: *mut c_void, progress: *const toklink_collect_progress) -> bool>;

/// The accounts and the limits of a collection. Initialise it with `TOKLINK_COLLECT_OPTIONS_INIT`.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct toklink_collect_options {
    /// The size of this struct, which `TOKLINK_COLLECT_OPTIONS_INIT` sets.
    pub size: usize,
    /// Collects only the accounts of this tenant. NULL: all tenants. Must be NULL if `accounts` is set.
    pub tenant: *const c_char,
    /// The ids of the accounts to collect. NULL: all accounts.
    pub accounts: *const *const c_char,
    /// Number of `accounts`.
    pub account_count: usize,
    /// Number of accounts that are read at the same time, 1 to 100. 0: 16.
    pub max_concurrency: usize,
    /// Maximum number of accounts that this call reads; the next call continues with the others. 0: no limit.
    pub limit: usize,
    /// Maximum age of today's metrics in milliseconds; older ones are replaced. Use slightly less than the interval of
    /// the job. 0: each account is read once a day (UTC).
    pub max_age_ms: u64,
    /// Milliseconds after which the collection fails with `TOKLINK_REASON_TIMED_OUT`; metrics that were read are kept.
    /// 0: no limit.
    pub timeout_ms: u64,
    /// Receives the progress; NULL: none.
    pub progress: toklink_collect_progress_callback,
    /// Passed to `progress`; must stay valid until the collection ends.
    pub progress_data: *mut c_void,
}

// SAFETY: `repr(C)`, starts with its size, and pointers, numbers and callbacks may be 0.
unsafe impl Options for toklink_collect_options {
    const NAME: &'static str = "toklink_collect_options";
}

/// The failure of one account in a collection.
#[repr(C)]
#[derive(Debug)]
pub struct toklink_collect_failure {
    /// The id of the account.
    pub account: *const c_char,
    /// The error; never NULL.
    pub error: *const toklink_error,
}

impl View<CollectFailure> for toklink_collect_failure {
    fn of(failure: &CollectFailure, parts: &mut Parts) -> Self {
        Self {
            account: parts.text(&account_id::of(&failure.tenant, &failure.account_id)),
            error: parts.child(&failure.error),
        }
    }
}

/// The result of a collection.
///
/// Threads: immutable; any number of threads may read it.
#[repr(C)]
#[derive(Debug)]
pub struct toklink_collect_report {
    /// The day in UTC under which the metrics are stored, for example `2026-11-23`.
    pub day: *const c_char,
    /// True if all accounts were visited; false if the collection was cancelled or reached `limit`.
    pub complete: bool,
    /// Number of accounts whose metrics this collection has stored.
    pub collected: u64,
    /// Number of accounts whose metrics were already stored, or that another process is reading.
    pub current: u64,
    /// Number of accounts that cannot be read until their user logs in again. An account whose access was just revoked
    /// first counts as failed.
    pub skipped: u64,
    /// Number of accounts whose metrics could not be read or stored.
    pub failed: u64,
    /// Number of accounts in the store; -1 if unknown.
    pub total: i64,
    /// The failures, at most 100.
    pub failures: *const *const toklink_collect_failure,
    /// Number of `failures`.
    pub failure_count: usize,
}

impl View<CollectReport> for toklink_collect_report {
    fn of(report: &CollectReport, parts: &mut Parts) -> Self {
        let (failures, failure_count) = parts.children(&report.failures);
        Self {
            day: parts.text(&report.day.to_string()),
            complete: report.complete,
            collected: report.counts.collected,
            current: report.counts.current,
            skipped: report.counts.skipped,
            failed: report.counts.failed,
            total: report.counts.total.map_or(-1, |total| i64::try_from(total).unwrap_or(i64::MAX)),
            failures,
            failure_count,
        }
    }
}

/// Receives the result of `toklink_collect_metrics`. `report` is NULL on failure and `error` is NULL on success; both
/// are valid until the callback returns.
pub type toklink_collect_done = Option<
    unsafe extern "C" fn(
        user_data: *mut c_void,
        operation: toklink_op,
        report: *const toklink_collect_report,
        error: *const toklink_error,
    ),
>;

/// Frees a report. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_collect_report_free(report: *const toklink_collect_report) {
    // SAFETY: the header requires valid arguments.
    guard::value((), || unsafe { result::free(report) });
}

/// # Safety
/// The argument is NULL or points to valid options.
unsafe fn collect_metrics(
    options: *const toklink_collect_options,
    user_data: *mut c_void,
) -> Result<Task<CollectReport>> {
    // SAFETY: the caller guarantees valid arguments.
    let options = unsafe { input::options(options)? };
    if options.max_concurrency > MAX_CONCURRENCY {
        return Err(Error::invalid(format!(
            "max_concurrency is {}; use 1 to {MAX_CONCURRENCY}",
            options.max_concurrency
        )));
    }
    // SAFETY: the caller guarantees valid arguments.
    let accounts = unsafe { selection(&options)? };
    let mut chosen = CollectOptions {
        limit: (options.limit > 0).then_some(options.limit),
        max_age: (options.max_age_ms > 0).then(|| Duration::from_millis(options.max_age_ms)),
        ..CollectOptions::default()
    };
    if let Some(most) = NonZeroUsize::new(options.max_concurrency) {
        chosen.max_concurrency = most;
    }
    let data = [options.progress_data, user_data];
    let task = reporting("collect_metrics", options.progress, data, move |context, progress| async move {
        let options = CollectOptions { cancel: context.cancel, progress, ..chosen };
        Box::pin(context.client.collect_metrics(&accounts, &options)).await
    });
    Ok(task.within(options.timeout_ms))
}

/// # Safety
/// The strings of the options are NULL or C strings.
unsafe fn selection(options: &toklink_collect_options) -> Result<AccountSelection> {
    // SAFETY: the caller guarantees valid arguments.
    let ids = unsafe { input::array(options.accounts, options.account_count, "accounts")? };
    if options.tenant.is_null() {
        if ids.is_empty() {
            return Ok(AccountSelection::All);
        }
        // SAFETY: the caller guarantees valid arguments.
        let keys = ids.iter().map(|id| unsafe { key(*id) }).collect::<Result<_>>()?;
        return Ok(AccountSelection::Keys(keys));
    }
    if !ids.is_empty() {
        return Err(Error::invalid("tenant and accounts are both set; set only one of them"));
    }
    // SAFETY: the caller guarantees valid arguments.
    Ok(AccountSelection::Tenant(unsafe { input::text(options.tenant, "tenant")? }.to_owned()))
}

/// Reads the metrics of many accounts and stores them for the current day (UTC), once per account and day;
/// `toklink_metrics_history` reads them. If `options` is NULL, collects all accounts. Sends two requests per account,
/// waits for quota windows and refreshes tokens. It may be cancelled and called again at any time, and several
/// processes may share the work. If a process dies, other processes take over its accounts after 30 minutes.
///
/// Errors: `TOKLINK_ERR_UNAVAILABLE` if the store fails or with `TOKLINK_REASON_TIMED_OUT`. The report contains the
/// failures of single accounts. A cancelled collection succeeds with a report whose `complete` is false.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_collect_metrics(
    client: *const toklink_client,
    options: *const toklink_collect_options,
    done: toklink_collect_done,
    user_data: *mut c_void,
    out_operation: *mut toklink_op,
) {
    // SAFETY: the header requires valid arguments.
    unsafe {
        start(client, "collect_metrics", done, user_data, out_operation, |_| {
            collect_metrics(options, user_data)
        });
    }
}

/// Like `toklink_collect_metrics`, but blocks until the operation ends. Returns NULL on failure. Free the result with
/// `toklink_collect_report_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_collect_metrics_blocking(
    client: *const toklink_client,
    options: *const toklink_collect_options,
    error: *mut *mut toklink_error,
) -> *const toklink_collect_report {
    // SAFETY: the header requires valid arguments.
    unsafe { wait(client, error, |_| collect_metrics(options, ptr::null_mut())) }
}
