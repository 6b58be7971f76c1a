//! Collecting the figures of many accounts, each once a day or whenever they are older than the host wants.

use crate::callback::{UserData, calling};
use crate::client::{account, engine, toklink_client};
use crate::collect_report::{toklink_collect_progress, toklink_collect_report};
use crate::completion::completed;
use crate::error::toklink_error;
use crate::handle::Output;
use crate::progress;
use crate::status::toklink_status;
use crate::text::toklink_str;
use crate::{guard, handle};
use core_toklink::{AccountKey, AccountSelection, CollectOptions, CollectProgress, Error, Result};
use std::ffi::c_void;
use std::num::NonZeroUsize;
use std::time::Duration;

/// The most accounts that are read at a time: each needs a connection to TikTok.
const MAX_CONCURRENCY: usize = 100;

/// Hears how far a sweep has come, in order; a slow host hears of the latest. The progress lives as long as the call. In a
/// blocking call it runs on the calling thread, otherwise on the thread of callbacks. Returns whether to go on: `false`
/// stops the sweep, which keeps what it has read.
pub type toklink_collect_progress_callback =
    Option<unsafe extern "C" fn(user_data: *mut c_void, progress: *const toklink_collect_progress) -> bool>;

/// Which accounts a sweep is about, and how it runs. Empty: all accounts, 16 at a time. It is read, not taken: use it as
/// often as you like.
///
/// Thread safety: use one from one thread at a time.
#[derive(Debug)]
pub struct toklink_collect_request {
    tenant: Option<String>,
    accounts: Vec<AccountKey>,
    max_concurrency: Option<NonZeroUsize>,
    limit: Option<usize>,
    max_age: Option<Duration>,
    callback: toklink_collect_progress_callback,
    user_data: UserData,
}

impl toklink_collect_request {
    fn all() -> Self {
        Self {
            tenant: None,
            accounts: Vec::new(),
            max_concurrency: None,
            limit: None,
            max_age: None,
            callback: None,
            user_data: UserData(std::ptr::null_mut()),
        }
    }

    fn accounts(&self) -> Result<AccountSelection> {
        match (&self.tenant, self.accounts.as_slice()) {
            (None, []) => Ok(AccountSelection::All),
            (Some(tenant), []) => Ok(AccountSelection::Tenant(tenant.clone())),
            (None, these) => Ok(AccountSelection::Keys(these.to_vec())),
            (Some(_), _) => Err(Error::invalid("the sweep has a tenant and accounts: set one of the two")),
        }
    }

    fn options(&self) -> CollectOptions {
        let options =
            CollectOptions { limit: self.limit, max_age: self.max_age, ..CollectOptions::default() };
        CollectOptions { max_concurrency: self.max_concurrency.unwrap_or(options.max_concurrency), ..options }
    }

    fn told(&self) -> Option<impl Fn(CollectProgress) -> bool + Copy + Send + Sync + 'static> {
        let (callback, user_data) = (self.callback?, self.user_data);
        Some(move |progress| {
            let progress = toklink_collect_progress::from(progress);
            // SAFETY: the host's own function and pointer; the progress lives until it returns.
            calling(|| unsafe { callback(user_data.pointer(), &raw const progress) })
        })
    }
}

/// A request for all accounts. Give it back with `toklink_collect_request_free`. NULL only after a fault of the library.
#[unsafe(no_mangle)]
pub extern "C" fn toklink_collect_request_new() -> *mut toklink_collect_request {
    guard::value(std::ptr::null_mut(), || handle::give(toklink_collect_request::all()))
}

/// Frees the request. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_collect_request_free(request: *mut toklink_collect_request) {
    // SAFETY: the conventions of the header: ours, freed once.
    guard::value((), || unsafe { handle::take(request) });
}

/// Changes a request.
///
/// # Safety
/// `request` is NULL or ours and used by no other thread, `error` NULL or writable.
unsafe fn note(
    request: *mut toklink_collect_request,
    error: *mut *mut toklink_error,
    set: impl FnOnce(&mut toklink_collect_request) -> Result<()>,
) -> toklink_status {
    // SAFETY: the caller's promises.
    unsafe { guard::call(error, || set(handle::change(request, "the collect request")?)) }
}

/// Reads the accounts of this tenant alone. Not together with `toklink_collect_request_add_account`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_collect_request_set_tenant(
    request: *mut toklink_collect_request,
    tenant: toklink_str,
    error: *mut *mut toklink_error,
) -> toklink_status {
    // SAFETY: the conventions of the header.
    unsafe {
        note(request, error, |request| {
            request.tenant = Some(tenant.read("the tenant")?.to_owned());
            Ok(())
        })
    }
}

/// Reads this account, and no others than those that are added. Call it once for each.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_collect_request_add_account(
    request: *mut toklink_collect_request,
    tenant: toklink_str,
    open_id: toklink_str,
    error: *mut *mut toklink_error,
) -> toklink_status {
    // SAFETY: the conventions of the header.
    unsafe {
        note(request, error, |request| {
            request.accounts.push(account(tenant, open_id)?);
            Ok(())
        })
    }
}

/// Reads so many accounts at a time, 1 to 100. Default: 16.
///
/// Errors: `TOKLINK_ERR_INVALID_INPUT` for another number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_collect_request_set_max_concurrency(
    request: *mut toklink_collect_request,
    max_concurrency: usize,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let judged = NonZeroUsize::new(max_concurrency).filter(|count| count.get() <= MAX_CONCURRENCY);
    let refused = || Error::invalid(format!("a sweep reads 1 to {MAX_CONCURRENCY} accounts at a time"));
    // SAFETY: the conventions of the header.
    unsafe {
        note(request, error, |request| {
            request.max_concurrency = Some(judged.ok_or_else(refused)?);
            Ok(())
        })
    }
}

/// Reads at most so many accounts in this run, for jobs whose time is bounded; the next run goes on. 0, the default: no
/// limit.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_collect_request_set_limit(
    request: *mut toklink_collect_request,
    limit: usize,
    error: *mut *mut toklink_error,
) -> toklink_status {
    // SAFETY: the conventions of the header.
    unsafe {
        note(request, error, |request| {
            request.limit = (limit > 0).then_some(limit);
            Ok(())
        })
    }
}

/// Reads accounts whose metrics of today are older than `max_age_ms` milliseconds, and replaces these metrics; younger ones are
/// skipped. Pass a little less than the interval of the job: 600000 for one that runs every 15 minutes. Default: each account is
/// read once a day (UTC).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_collect_request_set_max_age(
    request: *mut toklink_collect_request,
    max_age_ms: u64,
    error: *mut *mut toklink_error,
) -> toklink_status {
    // SAFETY: the conventions of the header.
    unsafe {
        note(request, error, |request| {
            request.max_age = Some(Duration::from_millis(max_age_ms));
            Ok(())
        })
    }
}

/// Calls `callback` (NULL: nobody) whenever accounts were done. `user_data` must live until the sweep has ended.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_collect_request_set_progress(
    request: *mut toklink_collect_request,
    callback: toklink_collect_progress_callback,
    user_data: *mut c_void,
    error: *mut *mut toklink_error,
) -> toklink_status {
    // SAFETY: the conventions of the header.
    unsafe {
        note(request, error, |request| {
            (request.callback, request.user_data) = (callback, UserData(user_data));
            Ok(())
        })
    }
}

/// Reads the figures of many accounts and stores them under today (UTC), one row for each account and day:
/// `toklink_client_metrics_history` reads them. `request` may be NULL for all accounts. Two requests for each account; it keeps
/// within all quota windows, waiting in order, and renews tokens as needed. Accounts whose row of the day is there are not
/// read again unless `toklink_collect_request_set_max_age` says so. A collection may be stopped and started again at any time, and
/// several processes may share the work. The accounts of a process that dies are free for the others after 30 minutes. Give the report back with `toklink_collect_report_free`.
///
/// Errors: the store's own. A failure of one account stays with it and is in the report, and a sweep that was stopped is
/// none: its report says that it is not complete.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_client_collect_metrics(
    client: *const toklink_client,
    request: *const toklink_collect_request,
    out_report: *mut *mut toklink_collect_report,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the conventions of the header.
        let (out, engine, request) = unsafe { (Output::at(out_report)?, engine(client)?, request.as_ref()) };
        let all = toklink_collect_request::all();
        let request = request.unwrap_or(&all);
        let (core, accounts, options) = (engine.client()?, request.accounts()?, request.options());
        let found =
            progress::wait(&engine, "collect_metrics", request.told().as_ref(), |cancel, progress| {
                let options = CollectOptions { cancel, progress, ..options };
                async move { Box::pin(core.collect_metrics(&accounts, &options)).await }
            })?;
        out.set(handle::give(found.into()));
        Ok(())
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}

/// Hears how `toklink_client_collect_metrics_async` ended. On `TOKLINK_OK` there is a report and no error, otherwise an error and
/// no report; what there is belongs to the host, who frees it. A sweep that was cancelled ends with `TOKLINK_OK` and a report
/// that is not complete.
pub type toklink_collect_done = Option<
    unsafe extern "C" fn(
        user_data: *mut c_void,
        operation: u64,
        status: toklink_status,
        report: *mut toklink_collect_report,
        error: *mut toklink_error,
    ),
>;

/// `toklink_client_collect_metrics` without waiting: see "Operations" at the top.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_client_collect_metrics_async(
    client: *const toklink_client,
    request: *const toklink_collect_request,
    done: toklink_collect_done,
    user_data: *mut c_void,
    out_operation: *mut u64,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the conventions of the header.
        let (out, engine, request) =
            unsafe { (Output::at(out_operation)?, engine(client)?, request.as_ref()) };
        let all = toklink_collect_request::all();
        let request = request.unwrap_or(&all);
        let (core, accounts, options) = (engine.client()?, request.accounts()?, request.options());
        let sweep = |cancel, progress| {
            let options = CollectOptions { cancel, progress, ..options };
            async move { Box::pin(core.collect_metrics(&accounts, &options)).await }
        };
        let done = completed(done, user_data)?;
        progress::begin(&engine, "collect_metrics", out, request.told(), sweep, done)
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}
