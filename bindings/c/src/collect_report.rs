//! What a sweep of many accounts did, and how far it has come.

use crate::status::toklink_status;
use crate::text::{Text, toklink_str};
use crate::{guard, handle, view};
use core_toklink::{CollectFailure, CollectProgress, CollectReport};

/// Why the figures of one account were not collected. It belongs to its report.
///
/// Thread safety: it never changes; any number of threads may read it.
#[derive(Debug)]
pub struct toklink_collect_failure {
    tenant: Text,
    open_id: Text,
    status: toklink_status,
    message: Text,
}

impl From<CollectFailure> for toklink_collect_failure {
    fn from(from: CollectFailure) -> Self {
        Self {
            tenant: Text::new(&from.tenant),
            open_id: Text::new(&from.account_id),
            status: toklink_status::of_code(from.code),
            message: Text::new(&from.message),
        }
    }
}

/// The tenant of the account. Lives as long as the report.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_collect_failure_tenant(
    failure: *const toklink_collect_failure,
) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { view::text(failure, |held| Some(&held.tenant)) }
}

/// TikTok's id of the user. Lives as long as the report.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_collect_failure_open_id(
    failure: *const toklink_collect_failure,
) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { view::text(failure, |held| Some(&held.open_id)) }
}

/// What kind of failure it is: see docs/ERRORS.md for what to do next; `TOKLINK_OK` for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_collect_failure_status(
    failure: *const toklink_collect_failure,
) -> toklink_status {
    // SAFETY: the conventions of the header.
    unsafe { view::field(failure, toklink_status::TOKLINK_OK, |held| held.status) }
}

/// What happened, and what to do: one sentence without a secret. Lives as long as the report.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_collect_failure_message(
    failure: *const toklink_collect_failure,
) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { view::text(failure, |held| Some(&held.message)) }
}

/// How far a sweep has come. It lives as long as the call of the callback that it is given to.
///
/// Thread safety: use it within the callback only.
#[derive(Debug)]
pub struct toklink_collect_progress(CollectProgress);

impl From<CollectProgress> for toklink_collect_progress {
    fn from(from: CollectProgress) -> Self {
        Self(from)
    }
}

/// Accounts whose figures of the day are now stored.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_collect_progress_collected(
    progress: *const toklink_collect_progress,
) -> u64 {
    // SAFETY: the conventions of the header.
    unsafe { view::field(progress, 0, |held| held.0.collected) }
}

/// Accounts whose figures of the day were there already, or are being collected by another worker.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_collect_progress_current(progress: *const toklink_collect_progress) -> u64 {
    // SAFETY: the conventions of the header.
    unsafe { view::field(progress, 0, |held| held.0.current) }
}

/// Accounts that cannot be read until their user connects again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_collect_progress_skipped(progress: *const toklink_collect_progress) -> u64 {
    // SAFETY: the conventions of the header.
    unsafe { view::field(progress, 0, |held| held.0.skipped) }
}

/// Accounts that could not be read; the next run tries them again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_collect_progress_failed(progress: *const toklink_collect_progress) -> u64 {
    // SAFETY: the conventions of the header.
    unsafe { view::field(progress, 0, |held| held.0.failed) }
}

/// Accounts that there are. Returns whether the store knows, and writes only then.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_collect_progress_total(
    progress: *const toklink_collect_progress,
    out_value: *mut u64,
) -> bool {
    // SAFETY: the conventions of the header.
    unsafe { view::known(view::field(progress, None, |held| held.0.total), out_value) }
}

/// What a sweep did.
///
/// Thread safety: it never changes; any number of threads may read it, one frees it.
#[derive(Debug)]
pub struct toklink_collect_report {
    counts: CollectProgress,
    day: Text,
    complete: bool,
    failures: Vec<toklink_collect_failure>,
}

impl From<CollectReport> for toklink_collect_report {
    fn from(from: CollectReport) -> Self {
        Self {
            counts: from.counts,
            day: Text::new(&from.day.to_string()),
            complete: from.complete,
            failures: from.failures.into_iter().map(toklink_collect_failure::from).collect(),
        }
    }
}

/// Frees the report and its failures. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_collect_report_free(report: *mut toklink_collect_report) {
    // SAFETY: the conventions of the header: ours, freed once.
    guard::value((), || unsafe { handle::take(report) });
}

/// Accounts whose figures of the day are now stored.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_collect_report_collected(report: *const toklink_collect_report) -> u64 {
    // SAFETY: the conventions of the header.
    unsafe { view::field(report, 0, |held| held.counts.collected) }
}

/// Accounts whose figures of the day were there already, or are being collected by another worker.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_collect_report_current(report: *const toklink_collect_report) -> u64 {
    // SAFETY: the conventions of the header.
    unsafe { view::field(report, 0, |held| held.counts.current) }
}

/// Accounts that cannot be read until their user connects again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_collect_report_skipped(report: *const toklink_collect_report) -> u64 {
    // SAFETY: the conventions of the header.
    unsafe { view::field(report, 0, |held| held.counts.skipped) }
}

/// Accounts that could not be read; the next run tries them again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_collect_report_failed(report: *const toklink_collect_report) -> u64 {
    // SAFETY: the conventions of the header.
    unsafe { view::field(report, 0, |held| held.counts.failed) }
}

/// Accounts that there are. Returns whether the store knows, and writes only then.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_collect_report_total(
    report: *const toklink_collect_report,
    out_value: *mut u64,
) -> bool {
    // SAFETY: the conventions of the header.
    unsafe { view::known(view::field(report, None, |held| held.counts.total), out_value) }
}

/// The day in UTC that the figures are of, the one on which the sweep began, as `2026-11-23`. Lives as long as the report.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_collect_report_day(report: *const toklink_collect_report) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { view::text(report, |held| Some(&held.day)) }
}

/// Whether every account had its turn; `false` when the sweep was stopped or reached its limit: begin it again to go on.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_collect_report_complete(report: *const toklink_collect_report) -> bool {
    // SAFETY: the conventions of the header.
    unsafe { view::field(report, false, |held| held.complete) }
}

/// How many failures are told one by one, at most a hundred.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_collect_report_failure_count(
    report: *const toklink_collect_report,
) -> usize {
    // SAFETY: the conventions of the header.
    unsafe { view::field(report, 0, |held| held.failures.len()) }
}

/// The failure at `index`, from 0; NULL beyond the last. It belongs to the report.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_collect_report_failure_at(
    report: *const toklink_collect_report,
    index: usize,
) -> *const toklink_collect_failure {
    // SAFETY: the conventions of the header.
    unsafe { view::part(report, |held| held.failures.get(index)) }
}
