//! Moving every stored token to the current key.

use crate::callback::calling;
use crate::client::{engine, toklink_client};
use crate::completion::completed;
use crate::error::toklink_error;
use crate::handle::Output;
use crate::progress;
use crate::status::toklink_status;
use crate::text::{Text, toklink_str};
use crate::view;
use crate::{guard, handle};
use core_toklink::{Error, ResealFormat, ResealOptions, ResealProgress, ResealReport, Result};
use std::ffi::c_void;

/// Flags of a reseal; combine them with `|`.
#[repr(u32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum toklink_reseal_flag {
    /// Only counts, and writes nothing.
    TOKLINK_RESEAL_CHECK_ONLY = 1,
    /// Also encrypts tokens that an old installation stored in clear text. Nothing else ever reads clear text.
    TOKLINK_RESEAL_ACCEPT_CLEAR_TEXT = 2,
    /// Writes the dashboard's old format under the first key, for a return to the dashboard's own code. Its values are bound to no
    /// account, and a client opens them only with `toklink_client_options_set_accept_legacy`.
    TOKLINK_RESEAL_TO_LEGACY = 4,
}

/// The options that a host's flags mean.
fn options_of(flags: u32) -> Result<ResealOptions> {
    let known = toklink_reseal_flag::TOKLINK_RESEAL_CHECK_ONLY as u32
        | toklink_reseal_flag::TOKLINK_RESEAL_ACCEPT_CLEAR_TEXT as u32
        | toklink_reseal_flag::TOKLINK_RESEAL_TO_LEGACY as u32;
    if flags & !known != 0 {
        return Err(Error::invalid(format!(
            "{flags} is not a combination of toklink_reseal_flag; combine its values with |"
        )));
    }
    let has = |flag: toklink_reseal_flag| flags & flag as u32 != 0;
    let to_legacy = has(toklink_reseal_flag::TOKLINK_RESEAL_TO_LEGACY);
    Ok(ResealOptions {
        check_only: has(toklink_reseal_flag::TOKLINK_RESEAL_CHECK_ONLY),
        accept_clear_text: has(toklink_reseal_flag::TOKLINK_RESEAL_ACCEPT_CLEAR_TEXT),
        format: if to_legacy { ResealFormat::Legacy } else { ResealFormat::Current },
        ..ResealOptions::default()
    })
}

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
    pub(crate) older_key: u64,
    pub(crate) legacy: u64,
    pub(crate) clear_text: u64,
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
            older_key: from.older_key,
            legacy: from.legacy,
            clear_text: from.clear_text,
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

/// Accounts without tokens: disconnected ones whose tokens are erased, and those erased before their turn came.
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

/// Accounts that are not in the format that was asked for, under the first key. Those whose tokens open with no key are among the
/// failures instead.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_reseal_report_outstanding(report: *const toklink_reseal_report) -> u64 {
    // SAFETY: the conventions of the header.
    unsafe { view::field(report, 0, |held| held.outstanding) }
}

/// Accounts that hold a value under another key than the sealing one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_reseal_report_older_key(report: *const toklink_reseal_report) -> u64 {
    // SAFETY: the conventions of the header.
    unsafe { view::field(report, 0, |held| held.older_key) }
}

/// Accounts that hold a token in clear text.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_reseal_report_clear_text(report: *const toklink_reseal_report) -> u64 {
    // SAFETY: the conventions of the header.
    unsafe { view::field(report, 0, |held| held.clear_text) }
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

/// How far a reseal of all accounts has come. It lives as long as the call of the callback that it is given to.
///
/// Thread safety: use it within the callback only.
#[derive(Debug)]
pub struct toklink_reseal_progress(ResealProgress);

/// Accounts that were looked at.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_reseal_progress_done(progress: *const toklink_reseal_progress) -> u64 {
    // SAFETY: the conventions of the header.
    unsafe { view::field(progress, 0, |held| held.0.done) }
}

/// Accounts whose tokens were sealed anew.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_reseal_progress_resealed(progress: *const toklink_reseal_progress) -> u64 {
    // SAFETY: the conventions of the header.
    unsafe { view::field(progress, 0, |held| held.0.resealed) }
}

/// Accounts that needed nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_reseal_progress_current(progress: *const toklink_reseal_progress) -> u64 {
    // SAFETY: the conventions of the header.
    unsafe { view::field(progress, 0, |held| held.0.current) }
}

/// Accounts without tokens: disconnected ones whose tokens are erased, and those erased before their turn came.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_reseal_progress_skipped(progress: *const toklink_reseal_progress) -> u64 {
    // SAFETY: the conventions of the header.
    unsafe { view::field(progress, 0, |held| held.0.skipped) }
}

/// Accounts that would not open or could not be written; they are as they were.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_reseal_progress_failed(progress: *const toklink_reseal_progress) -> u64 {
    // SAFETY: the conventions of the header.
    unsafe { view::field(progress, 0, |held| held.0.failed) }
}

/// Accounts that there are. Returns whether the store knows, and writes only then.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_reseal_progress_total(
    progress: *const toklink_reseal_progress,
    out_value: *mut u64,
) -> bool {
    // SAFETY: the conventions of the header.
    unsafe { view::known(view::field(progress, None, |held| held.0.total), out_value) }
}

/// Hears how far a reseal has come, after each page of accounts and on the thread of callbacks; a slow host hears of the
/// latest. The progress lives as long as the call. Returns whether to go on: `false` cancels.
pub type toklink_reseal_progress_callback =
    Option<unsafe extern "C" fn(user_data: *mut c_void, progress: *const toklink_reseal_progress) -> bool>;

/// Hears how `toklink_client_reseal_accounts_async` ended. On `TOKLINK_OK` there is a report and no error, otherwise an error and
/// no report; what there is belongs to the host, who frees it.
pub type toklink_reseal_done = Option<
    unsafe extern "C" fn(
        user_data: *mut c_void,
        operation: u64,
        status: toklink_status,
        report: *mut toklink_reseal_report,
        error: *mut toklink_error,
    ),
>;

/// Seals the tokens of all accounts anew that are under an older key or in the old format, while other
/// operations run. `flags` is 0 or a combination of `toklink_reseal_flag`. May be stopped (`toklink_client_close`) and begun again at any
/// time. Give the report back with `toklink_reseal_report_free`.
///
/// Errors: `TOKLINK_ERR_CONFIG` when the store cannot do it, `TOKLINK_ERR_INVALID_INPUT` for an unknown flag. An account that fails is in the report.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_client_reseal_accounts(
    client: *const toklink_client,
    flags: u32,
    out_report: *mut *mut toklink_reseal_report,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the conventions of the header.
        let (out, engine) = unsafe { (Output::at(out_report)?, engine(client)?) };
        let options = options_of(flags)?;
        let core = engine.client()?;
        let unheard = None::<&fn(ResealProgress) -> bool>;
        let found = progress::wait(&engine, "reseal_accounts", unheard, |cancel, progress| async move {
            core.reseal_accounts(&ResealOptions { progress, cancel, ..options }).await
        })?;
        out.set(handle::give(found.into()));
        Ok(())
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}

/// `toklink_client_reseal_accounts` without waiting: see "Operations" at the top. `progress` (NULL: nobody) and `done` get the
/// same `user_data`. A cancel stops between two accounts, and what was sealed anew stays.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_client_reseal_accounts_async(
    client: *const toklink_client,
    flags: u32,
    progress: toklink_reseal_progress_callback,
    done: toklink_reseal_done,
    user_data: *mut c_void,
    out_operation: *mut u64,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the conventions of the header.
        let (out, engine) = unsafe { (Output::at(out_operation)?, engine(client)?) };
        let options = options_of(flags)?;
        let (core, done) = (engine.client()?, completed(done, user_data)?);
        let user_data = done.user_data;
        let told = progress.map(|callback| {
            move |progress| {
                let progress = toklink_reseal_progress(progress);
                // SAFETY: the host's own function and pointer; the progress lives until it returns.
                calling(|| unsafe { callback(user_data.pointer(), &raw const progress) })
            }
        });
        let reseal = |cancel, progress| async move {
            core.reseal_accounts(&ResealOptions { progress, cancel, ..options }).await
        };
        progress::begin(&engine, "reseal_accounts", out, told, reseal, done)
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}
