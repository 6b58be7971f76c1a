//! Moving every stored token to the current key.

use crate::client::{engine, toklink_client};
use crate::error::toklink_error;
use crate::handle::Output;
use crate::status::toklink_status;
use crate::text::{Text, toklink_str};
use crate::view;
use crate::{guard, handle};
use core_toklink::{ResealOptions, ResealReport};

/// What a reseal of all accounts found and did.
///
/// Thread safety: it never changes; any number of threads may read it, one frees it.
#[derive(Debug)]
pub struct toklink_reseal_report {
    pub(crate) done: u64,
    pub(crate) resealed: u64,
    pub(crate) current: u64,
    pub(crate) skipped: u64,
    pub(crate) failed: u64,
    pub(crate) outstanding: u64,
    pub(crate) legacy: u64,
    pub(crate) sealing_key: Text,
    pub(crate) failures: Vec<Text>,
    pub(crate) keys: Vec<Text>,
}

impl From<ResealReport> for toklink_reseal_report {
    fn from(from: ResealReport) -> Self {
        Self {
            done: from.counts.done,
            resealed: from.counts.resealed,
            current: from.counts.current,
            skipped: from.counts.skipped,
            failed: from.counts.failed,
            outstanding: from.outstanding,
            legacy: from.legacy,
            sealing_key: Text::new(&from.sealing_key),
            failures: from
                .failures
                .iter()
                .map(|failure| {
                    Text::new(&format!(
                        "{}/{}: {}: {}",
                        failure.tenant, failure.account_id, failure.code, failure.message
                    ))
                })
                .collect(),
            keys: from.keys.iter().map(|(key, count)| Text::new(&format!("{key} {count}"))).collect(),
        }
    }
}

/// Frees it and every view of its texts. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_reseal_report_free(report: *mut toklink_reseal_report) {
    // SAFETY: the conventions of the header: ours, freed once.
    guard::value((), || unsafe { handle::take(report) });
}

/// Accounts that were looked at.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_reseal_report_done(report: *const toklink_reseal_report) -> u64 {
    // SAFETY: the conventions of the header.
    unsafe { view::field(report, 0, |held| held.done) }
}

/// Accounts whose tokens were sealed anew.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_reseal_report_resealed(report: *const toklink_reseal_report) -> u64 {
    // SAFETY: the conventions of the header.
    unsafe { view::field(report, 0, |held| held.resealed) }
}

/// Accounts that needed nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_reseal_report_current(report: *const toklink_reseal_report) -> u64 {
    // SAFETY: the conventions of the header.
    unsafe { view::field(report, 0, |held| held.current) }
}

/// Accounts that were erased before their turn came.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_reseal_report_skipped(report: *const toklink_reseal_report) -> u64 {
    // SAFETY: the conventions of the header.
    unsafe { view::field(report, 0, |held| held.skipped) }
}

/// Accounts that would not open or could not be written; they are as they were.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_reseal_report_failed(report: *const toklink_reseal_report) -> u64 {
    // SAFETY: the conventions of the header.
    unsafe { view::field(report, 0, |held| held.failed) }
}

/// Accounts that still need another key than the sealing one, or the old format.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_reseal_report_outstanding(report: *const toklink_reseal_report) -> u64 {
    // SAFETY: the conventions of the header.
    unsafe { view::field(report, 0, |held| held.outstanding) }
}

/// Accounts that hold a value of the old format; `accept_legacy` is safe to switch off at 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_reseal_report_legacy(report: *const toklink_reseal_report) -> u64 {
    // SAFETY: the conventions of the header.
    unsafe { view::field(report, 0, |held| held.legacy) }
}

/// The name of the key that seals now. Lives as long as the reseal report.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_reseal_report_sealing_key(
    report: *const toklink_reseal_report,
) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { view::text(report, |held| Some(&held.sealing_key)) }
}

/// How many failures are told one by one, at most a hundred.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_reseal_report_failure_count(report: *const toklink_reseal_report) -> usize {
    // SAFETY: the conventions of the header.
    unsafe { view::field(report, 0, |held| held.failures.len()) }
}

/// The failure at `index` (tenant, account, code, sentence); empty beyond the last. Lives as long as the reseal
/// report.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_reseal_report_failure_at(
    report: *const toklink_reseal_report,
    index: usize,
) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { view::text(report, |held| held.failures.get(index)) }
}

/// How many keys are still needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_reseal_report_key_count(report: *const toklink_reseal_report) -> usize {
    // SAFETY: the conventions of the header.
    unsafe { view::field(report, 0, |held| held.keys.len()) }
}

/// The name of a needed key and how many accounts need it, with a blank between; empty beyond the last. Lives as
/// long as the reseal report.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_reseal_report_key_at(
    report: *const toklink_reseal_report,
    index: usize,
) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { view::text(report, |held| held.keys.get(index)) }
}

/// Seals the tokens of all accounts anew that are under an older key or in the old format, while everything else
/// goes on; with `check_only` it only counts. May be stopped (`toklink_client_close`) and begun again at any
/// time. Give the report back with `toklink_reseal_report_free`.
///
/// Errors: `TOKLINK_ERR_CONFIG` when the store cannot do it. An account that fails is in the report.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_client_reseal_accounts(
    client: *const toklink_client,
    check_only: bool,
    out_report: *mut *mut toklink_reseal_report,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the conventions of the header.
        let (out, engine) = unsafe { (Output::at(out_report)?, engine(client)?) };
        let options = ResealOptions { check_only, ..ResealOptions::default() };
        let core = engine.client()?;
        let found = engine.wait("reseal_accounts", async move { core.reseal_accounts(&options).await })?;
        out.set(handle::give(found.into()));
        Ok(())
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}
