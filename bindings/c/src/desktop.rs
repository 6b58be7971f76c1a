//! Login of a desktop program: the browser comes back to this machine.

use crate::client::{engine, toklink_client};
use crate::completion::{completed, handed};
use crate::error::toklink_error;
use crate::handle::Output;
use crate::login::toklink_login_result;
use crate::login_request::toklink_login_request;
use crate::loopback::{Loopback, Visit};
use crate::status::toklink_status;
use crate::text::{Text, toklink_str};
use crate::{guard, handle, view};
use core_toklink::{Client, Error, ErrorKind, LoginResult, LoginStart, Owner, Reason, Result};
use std::ffi::c_void;
use std::sync::{Mutex, PoisonError};

/// Who begins a login where the host names nobody: a program for one person.
const USER: &str = "desktop";

/// A login that waits on this machine for the browser to come back.
///
/// Thread safety: any number of threads may read it; one waits, and one frees it. Freeing it ends no wait that has
/// begun.
#[derive(Debug)]
pub struct toklink_desktop_login {
    url: Text,
    redirect_uri: Text,
    waiting: Mutex<Option<Waiting>>,
}

#[derive(Debug)]
struct Waiting {
    page: Loopback,
    start: LoginStart,
    user_id: String,
}

/// Begins a login: listens on loopback and gives the address that the host opens in the user's browser; opens nothing by
/// itself. The redirect URI `http://127.0.0.1` with any port and the path `/callback/`, or that of the request, must be registered for the app as a
/// desktop one. The login is good for ten minutes. Give it back with `toklink_desktop_login_free`.
///
/// Errors: `TOKLINK_ERR_CONFIG` when the redirect URI is not on loopback or its port is taken.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_desktop_login_begin(
    client: *const toklink_client,
    request: *const toklink_login_request,
    out_login: *mut *mut toklink_desktop_login,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the conventions of the header.
        let (out, engine, request) =
            unsafe { (Output::at(out_login)?, engine(client)?, handle::read(request, "the login request")?) };
        let (core, mut request) = (engine.client()?, request.0.clone());
        if request.user_id.is_empty() {
            USER.clone_into(&mut request.user_id);
        }
        let user_id = request.user_id.clone();
        let (page, start) = engine.wait("begin_login", async move {
            let page = Loopback::open(request.redirect_uri.as_deref()).await?;
            request.redirect_uri = Some(page.redirect_uri.clone());
            Ok((page, core.begin_login(request).await?))
        })?;
        out.set(handle::give(toklink_desktop_login {
            url: Text::new(&start.authorize_url),
            redirect_uri: Text::new(&page.redirect_uri),
            waiting: Mutex::new(Some(Waiting { page, start, user_id })),
        }));
        Ok(())
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}

/// Frees the login. If nobody waits for it, it can no longer be finished. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_desktop_login_free(login: *mut toklink_desktop_login) {
    // SAFETY: the conventions of the header: ours, freed once.
    guard::value((), || unsafe { handle::take(login) });
}

/// The address to open in the user's browser. Lives as long as the login.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_desktop_login_url(login: *const toklink_desktop_login) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { view::text(login, |held| Some(&held.url)) }
}

/// Where the browser will come back to. Lives as long as the login.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_desktop_login_redirect_uri(
    login: *const toklink_desktop_login,
) -> toklink_str {
    // SAFETY: the conventions of the header.
    unsafe { view::text(login, |held| Some(&held.redirect_uri)) }
}

/// Waits until the browser has come back and the account is stored, at most ten minutes. A foreign call of the page is
/// answered with 400, and the wait goes on. Give the result back with `toklink_login_result_free`.
///
/// Errors: `TOKLINK_ERR_UNAUTHORIZED` when the user declined or never came back, `TOKLINK_ERR_CONFLICT` when somebody
/// waits or has waited already.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_desktop_login_wait(
    client: *const toklink_client,
    login: *const toklink_desktop_login,
    out_result: *mut *mut toklink_login_result,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the conventions of the header.
        let (out, engine, login) =
            unsafe { (Output::at(out_result)?, engine(client)?, handle::read(login, "the desktop login")?) };
        let (core, waiting) = (engine.client()?, login.claim()?);
        let result = engine.wait("complete_login", waiting.finish(core))?;
        out.set(handle::give(result.into()));
        Ok(())
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}

/// Hears how a login ended. On `TOKLINK_OK` there is a result and no error, otherwise an error and no result; what there
/// is belongs to the host, who frees it.
pub type toklink_login_done = Option<
    unsafe extern "C" fn(
        user_data: *mut c_void,
        operation: u64,
        status: toklink_status,
        result: *mut toklink_login_result,
        error: *mut toklink_error,
    ),
>;

/// `toklink_desktop_login_wait` without waiting: see "Operations" at the top.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_desktop_login_wait_async(
    client: *const toklink_client,
    login: *const toklink_desktop_login,
    done: toklink_login_done,
    user_data: *mut c_void,
    out_operation: *mut u64,
    error: *mut *mut toklink_error,
) -> toklink_status {
    let work = || {
        // SAFETY: the conventions of the header.
        let (out, engine, login) = unsafe {
            (Output::at(out_operation)?, engine(client)?, handle::read(login, "the desktop login")?)
        };
        let (core, done, name) = (engine.client()?, completed(done, user_data)?, "complete_login");
        let waiting = login.claim()?;
        engine.begin(
            name,
            out,
            |stop| {
                let stop = std::sync::Arc::clone(stop);
                async move { stop.guard(name, waiting.finish(core)).await }
            },
            move |id, outcome| {
                let (status, result, error) = handed(outcome);
                // SAFETY: the host's own function and pointer; what it is given becomes the host's.
                unsafe { (done.function)(done.user_data.pointer(), id, status, result, error) };
            },
        )
    };
    // SAFETY: the conventions of the header.
    unsafe { guard::call(error, work) }
}

impl toklink_desktop_login {
    fn claim(&self) -> Result<Waiting> {
        let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner).take();
        waiting.ok_or_else(|| {
            Error::new(
                ErrorKind::Conflict,
                "somebody waits for this login already, or it has ended; begin another",
            )
        })
    }
}

impl Waiting {
    async fn finish(self, core: Client) -> Result<LoginResult> {
        let Self { page, start, user_id } = self;
        let mut visits = page.visits();
        let deadline = start.cookie_max_age;
        let cookie = |name: &str| (name == start.cookie_name).then(|| start.cookie_value.clone());
        let ours = async {
            while let Some(visit) = visits.recv().await {
                if core.inspect_login(&visit.target, cookie).is_ok() {
                    return Some(visit);
                }
                let words = "This page waits for another sign-in; go back to the program and begin there.";
                visit.answer("400 Bad Request", "Not this sign-in", words).await;
            }
            None
        };
        let visit: Option<Visit> = tokio::time::timeout(deadline, ours).await.unwrap_or_default();
        let visit = visit.ok_or_else(|| {
            let sentence = "the browser did not come back within ten minutes; begin the sign-in again";
            Error::new(ErrorKind::Unauthorized, sentence)
                .with_reason(Reason::LoginTimedOut)
                .with_owner(Owner::User)
                .with_operation("complete_login")
        })?;
        let (name, value) = (start.cookie_name.clone(), start.cookie_value.clone());
        let own = move |asked: &str| (asked == name).then(|| value.clone());
        let result = core.complete_login(&visit.target, own, &user_id).await;
        match &result {
            Ok(_) => visit.answer("200 OK", "Connected", "Close this page and go back to the program.").await,
            Err(error) => visit.answer("400 Bad Request", "Not connected", error.message()).await,
        }
        result
    }
}
