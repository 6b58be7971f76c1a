//! Collects the metrics of many accounts, once a day or as often as the host requires.

use crate::client::account_id::{self, key};
use crate::client::entry::{start, wait};
use crate::client::toklink_client;
use crate::ffi::error::toklink_error;
use crate::ffi::guard;
use crate::ffi::input::{self, Options};
use crate::ffi::result::{self, Parts, View};
use crate::runtime::operations::toklink_op;
use crate::runtime::progress::Latest;
use crate::runtime::task::Task;
use core_toklink::{
    AccountSelection, CollectFailure, CollectOptions, CollectProgress, CollectReport, Error, Result,
};
use std::ffi::{c_char, c_void};
use std::num::NonZeroUsize;
use std::ptr;
use std::time::Duration;

/// The maximum number of accounts that are read at the same time. Each needs a connection to TikTok.
const MAX_CONCURRENCY: usize = 100;

/// The progress of a collection. May be copied.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct toklink_collect_progress {
    /// Number of accounts whose metrics are now stored.
    pub collected: u64,
    /// Number of accounts whose stored metrics are recent enough, or that another process is reading.
    pub current: u64,
    /// Number of accounts that cannot be read until their users connect them again. An account whose access was just
    /// revoked counts once as failed instead.
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

/// Receives the progress of a collection, in order. A slow host only receives the latest progress. Called on the
/// calling thread of a blocking call, otherwise on the callback thread. Return false to stop the collection, which
/// keeps the metrics that it has read.
pub type toklink_collect_progress_callback =
    Option<unsafe extern "C" fn(user_data: *mut c_void, progress: *const toklink_collect_progress) -> bool>;

/// The accounts and the limits of a collection. Initialise them with `TOKLINK_COLLECT_OPTIONS_INIT`.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct toklink_collect_options {
    /// The size of this struct, which `TOKLINK_COLLECT_OPTIONS_INIT` sets.
    pub size: usize,
    /// Only reads the accounts of this tenant. NULL: all tenants. Cannot be combined with `accounts`.
    pub tenant: *const c_char,
    /// Only reads the accounts with these ids. NULL: all accounts.
    pub accounts: *const *const c_char,
    /// Number of `accounts`.
    pub account_count: usize,
    /// Number of accounts that are read at the same time, 1 to 100. 0: 16.
    pub max_concurrency: usize,
    /// Maximum number of accounts that this call reads. The next call continues with the remaining ones. 0: no limit.
    pub limit: usize,
    /// Replaces metrics of today that are older than this, in milliseconds. Use slightly less than the job's interval.
    /// 0: each account is read once a day (UTC).
    pub max_age_ms: u64,
    /// Time limit in milliseconds, after which the collection stops with `TOKLINK_REASON_TIMED_OUT`. 0: no limit.
    pub timeout_ms: u64,
    /// Receives the progress; NULL: none.
    pub progress: toklink_collect_progress_callback,
    /// Passed to `progress`. NULL: the call's `user_data`. Must live until the collection has ended.
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
/// Threads: immutable; any thread may read it.
#[repr(C)]
#[derive(Debug)]
pub struct toklink_collect_report {
    /// The day in UTC under which the metrics are stored, for example `2026-11-23`.
    pub day: *const c_char,
    /// True if all accounts were processed; false after a cancellation, or when `limit` was reached.
    pub complete: bool,
    /// Number of accounts whose metrics were stored.
    pub collected: u64,
    /// Number of accounts whose stored metrics are recent enough, or that another process is reading.
    pub current: u64,
    /// Number of accounts that cannot be read until their users connect them again. An account whose access was just
    /// revoked counts once as failed instead.
    pub skipped: u64,
    /// Number of accounts whose metrics could not be read or stored.
    pub failed: u64,
    /// Number of accounts in the store; -1 if unknown.
    pub total: i64,
    /// The failures, at most one hundred.
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

/// Receives the result of `toklink_collect_metrics`. On failure, `report` is NULL; on success, `error` is NULL. Both
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
    // SAFETY: the caller follows the conventions of the header.
    guard::value((), || unsafe { result::free(report) });
}

/// # Safety
/// `options` is NULL or points to options that follow the conventions of the header.
unsafe fn collect_metrics(
    options: *const toklink_collect_options,
    user_data: *mut c_void,
) -> Result<Task<CollectReport>> {
    // SAFETY: guaranteed by the caller.
    let options = unsafe { input::options(options)? };
    if options.max_concurrency > MAX_CONCURRENCY {
        return Err(Error::invalid(format!(
            "max_concurrency is {}; use 1 to {MAX_CONCURRENCY}",
            options.max_concurrency
        )));
    }
    // SAFETY: guaranteed by the caller.
    let accounts = unsafe { selection(&options)? };
    let mut chosen = CollectOptions {
        limit: (options.limit > 0).then_some(options.limit),
        max_age: (options.max_age_ms > 0).then(|| Duration::from_millis(options.max_age_ms)),
        ..CollectOptions::default()
    };
    if let Some(most) = NonZeroUsize::new(options.max_concurrency) {
        chosen.max_concurrency = most;
    }
    let latest = Latest::<CollectProgress>::new();
    let data = if options.progress_data.is_null() { user_data } else { options.progress_data };
    let tell = latest.tell(options.progress, data);
    let reports = tell.is_some();
    let task = Task::cooperative("collect_metrics", move |context| async move {
        let progress = reports.then(|| latest.reporter(context.wake));
        let options = CollectOptions { cancel: context.cancel, progress, ..chosen };
        Box::pin(context.client.collect_metrics(&accounts, &options)).await
    });
    Ok(task.telling(tell).within(options.timeout_ms))
}

/// # Safety
/// The texts of the options are as the header says.
unsafe fn selection(options: &toklink_collect_options) -> Result<AccountSelection> {
    // SAFETY: guaranteed by the caller.
    let ids = unsafe { input::array(options.accounts, options.account_count, "accounts")? };
    if options.tenant.is_null() {
        if ids.is_empty() {
            return Ok(AccountSelection::All);
        }
        // SAFETY: guaranteed by the caller.
        let keys = ids.iter().map(|id| unsafe { key(*id) }).collect::<Result<_>>()?;
        return Ok(AccountSelection::Keys(keys));
    }
    if !ids.is_empty() {
        return Err(Error::invalid("tenant and accounts are both set; set only one of them"));
    }
    // SAFETY: guaranteed by the caller.
    Ok(AccountSelection::Tenant(unsafe { input::text(options.tenant, "tenant")? }.to_owned()))
}

/// Reads the metrics of many accounts and stores them under today's date (UTC), once per account and day.
/// `toklink_metrics_history` returns them. If `options` is NULL, reads all accounts. Sends two requests per account,
/// waits for the quota windows, and refreshes tokens. It may be cancelled and called again at any time, and several
/// processes may share the work. If a process dies, other processes can read its accounts after 30 minutes.
///
/// Errors: those of the store. The report lists the failures of single accounts. A cancelled collection succeeds with
/// an incomplete report.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_collect_metrics(
    client: *const toklink_client,
    options: *const toklink_collect_options,
    done: toklink_collect_done,
    user_data: *mut c_void,
    out_operation: *mut toklink_op,
) {
    // SAFETY: the caller follows the conventions of the header.
    unsafe {
        start(client, "collect_metrics", done, user_data, out_operation, |_| {
            collect_metrics(options, user_data)
        });
    }
}

/// Runs `toklink_collect_metrics` and blocks until it has finished. Returns NULL on failure. Free the result with
/// `toklink_collect_report_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_collect_metrics_blocking(
    client: *const toklink_client,
    options: *const toklink_collect_options,
    error: *mut *mut toklink_error,
) -> *const toklink_collect_report {
    // SAFETY: the caller follows the conventions of the header.
    unsafe { wait(client, error, |_| collect_metrics(options, ptr::null_mut())) }
}
