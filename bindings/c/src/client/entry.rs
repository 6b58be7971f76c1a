//! The two forms of an operation: a blocking one, and one that returns immediately. Both run the same task.

use crate::client::{engine, toklink_client};
use crate::ffi::error::{Failure, call, made, toklink_error, tried};
use crate::ffi::guard;
use crate::ffi::result::{self, Owned, View};
use crate::ffi::status::toklink_status;
use crate::ffi::testing::{self, Stage};
use crate::ffi::text;
use crate::runtime::callback::UserData;
use crate::runtime::engine::Engine;
use crate::runtime::operations::toklink_op;
use crate::runtime::task::Task;
use core_toklink::Result;
use std::ffi::{c_char, c_void};
use std::ptr;
use std::sync::Arc;

/// Receives the result of an operation that returns no value. `error` is NULL on success, and valid until the callback
/// returns.
pub type toklink_done =
    Option<unsafe extern "C" fn(user_data: *mut c_void, operation: toklink_op, error: *const toklink_error)>;

/// Receives the result of an operation that returns a text. On failure, `text` is NULL; on success, `error` is NULL.
/// Both are valid until the callback returns.
pub type toklink_text_done = Option<
    unsafe extern "C" fn(
        user_data: *mut c_void,
        operation: toklink_op,
        text: *const c_char,
        error: *const toklink_error,
    ),
>;

/// A completion callback for a result.
pub(crate) type ResultDone<V> = unsafe extern "C" fn(
    user_data: *mut c_void,
    operation: toklink_op,
    result: *const V,
    error: *const toklink_error,
);

/// Blocks until an operation has finished, and returns its result; NULL on failure.
///
/// # Safety
/// `client` is NULL or ours, `error` NULL or writable.
pub(crate) unsafe fn wait<T: Send + 'static, V: View<T>>(
    client: *const toklink_client,
    error: *mut *mut toklink_error,
    task: impl FnOnce(&Engine) -> Result<Task<T>>,
) -> *const V {
    // SAFETY: guaranteed by the caller.
    unsafe { made(error, || Ok(result::give::<V, T>(&waited(client, task)?))) }
}

/// Blocks until an operation without a result has finished.
///
/// # Safety
/// As for [`wait`].
pub(crate) unsafe fn wait_done(
    client: *const toklink_client,
    error: *mut *mut toklink_error,
    task: impl FnOnce(&Engine) -> Result<Task<()>>,
) -> toklink_status {
    // SAFETY: guaranteed by the caller.
    unsafe { call(error, || waited(client, task)) }
}

/// Blocks until an operation has finished, and returns its text; NULL on failure.
///
/// # Safety
/// As for [`wait`].
pub(crate) unsafe fn wait_text(
    client: *const toklink_client,
    error: *mut *mut toklink_error,
    task: impl FnOnce(&Engine) -> Result<Task<String>>,
) -> *mut c_char {
    // SAFETY: guaranteed by the caller.
    unsafe { made(error, || Ok(text::give(&waited(client, task)?)?.cast_const())) }.cast_mut()
}

/// # Safety
/// `client` is NULL or ours.
unsafe fn waited<T: Send + 'static>(
    client: *const toklink_client,
    task: impl FnOnce(&Engine) -> Result<Task<T>>,
) -> Result<T> {
    // SAFETY: guaranteed by the caller.
    let engine = unsafe { engine(client)? };
    let task = task(&engine)?;
    engine.wait(task)
}

/// Starts an operation with a result.
///
/// # Safety
/// `client` is NULL or ours, `out_operation` NULL or writable.
pub(crate) unsafe fn start<T: Send + 'static, V: View<T>>(
    client: *const toklink_client,
    name: &'static str,
    done: Option<ResultDone<V>>,
    user_data: *mut c_void,
    out_operation: *mut toklink_op,
    task: impl FnOnce(&Engine) -> Result<Task<T>>,
) {
    let user_data = UserData(user_data);
    let finish = move |id, outcome: std::result::Result<T, Failure>| {
        let Some(done) = done else { return };
        let made = outcome.and_then(|value| shown(|| Ok(Owned::<V>::new(&value))));
        let (view, error) = match &made {
            Ok(owned) => (ptr::from_ref(owned.view()), None),
            Err(failure) => (ptr::null(), Some(failure.view())),
        };
        let error = error.as_ref().map_or(ptr::null(), |error| ptr::from_ref(error.view()));
        // SAFETY: the host's own function and pointer; result and error are valid until the function returns.
        unsafe { done(user_data.pointer(), id, view, error) };
    };
    // SAFETY: guaranteed by the caller.
    unsafe { started(client, name, out_operation, task, finish) };
}

/// Starts an operation without a result.
///
/// # Safety
/// As for [`start`].
pub(crate) unsafe fn start_done(
    client: *const toklink_client,
    name: &'static str,
    done: toklink_done,
    user_data: *mut c_void,
    out_operation: *mut toklink_op,
    task: impl FnOnce(&Engine) -> Result<Task<()>>,
) {
    let user_data = UserData(user_data);
    let finish = move |id, outcome: std::result::Result<(), Failure>| {
        let Some(done) = done else { return };
        let error = outcome.and_then(|()| shown(|| Ok(()))).err().map(|failure| failure.view());
        let error = error.as_ref().map_or(ptr::null(), |error| ptr::from_ref(error.view()));
        // SAFETY: the host's own function and pointer; the error is valid until the function returns.
        unsafe { done(user_data.pointer(), id, error) };
    };
    // SAFETY: guaranteed by the caller.
    unsafe { started(client, name, out_operation, task, finish) };
}

/// Starts an operation whose result is a text.
///
/// # Safety
/// As for [`start`].
pub(crate) unsafe fn start_text(
    client: *const toklink_client,
    name: &'static str,
    done: toklink_text_done,
    user_data: *mut c_void,
    out_operation: *mut toklink_op,
    task: impl FnOnce(&Engine) -> Result<Task<String>>,
) {
    let user_data = UserData(user_data);
    let finish = move |id, outcome: std::result::Result<String, Failure>| {
        let Some(done) = done else { return };
        let made = outcome.and_then(|value| shown(|| text::give(&value)));
        let (text, error) = match &made {
            Ok(text) => (*text, None),
            Err(failure) => (ptr::null_mut(), Some(failure.view())),
        };
        let error = error.as_ref().map_or(ptr::null(), |error| ptr::from_ref(error.view()));
        // SAFETY: the host's own function and pointer; text and error are valid until the function returns. The text is
        // freed once.
        unsafe {
            done(user_data.pointer(), id, text, error);
            text::toklink_text_free(text);
        }
    };
    // SAFETY: guaranteed by the caller.
    unsafe { started(client, name, out_operation, task, finish) };
}

/// Creates the value that a completion receives. If this fails, the completion receives an error.
fn shown<V>(work: impl FnOnce() -> Result<V>) -> std::result::Result<V, Failure> {
    let work = || {
        testing::at(Stage::Completion)?;
        work()
    };
    match guard::caught(work) {
        Some(made) => made.map_err(Failure::from),
        None => Err(Failure::panicked()),
    }
}

/// Starts an operation, or passes the error to `finish`. `finish` runs on the callback thread, or on the current thread
/// if there is no callback thread.
///
/// # Safety
/// As for [`start`].
unsafe fn started<T: Send + 'static>(
    client: *const toklink_client,
    name: &'static str,
    out_operation: *mut toklink_op,
    task: impl FnOnce(&Engine) -> Result<Task<T>>,
    finish: impl FnOnce(u64, std::result::Result<T, Failure>) + Send + 'static,
) {
    let number = |id| {
        if !out_operation.is_null() {
            // SAFETY: not NULL, and writable: guaranteed by the caller.
            unsafe { out_operation.write(id) };
        }
    };
    guard::attempt(|| {
        number(0);
        // SAFETY: guaranteed by the caller.
        let found = tried(|| unsafe { engine(client) });
        let engine = match found {
            Ok(engine) => engine,
            Err(failure) => return finish(0, Err(failure)),
        };
        let prepared = tried(|| task(&engine));
        let task = match prepared {
            Ok(task) => task,
            Err(failure) => Task::failing(name, failure.error),
        };
        if let Err((error, done)) = engine.spawn_task(task, number, finish) {
            deliver(&engine, move || done(Err(Failure::from(error.with_operation(name)))));
        }
    });
}

/// Runs a job on the callback thread, or on the current thread if the callback thread has ended.
fn deliver(engine: &Arc<Engine>, job: impl FnOnce() + Send + 'static) {
    if let Err(job) = engine.post().offer(Box::new(job)) {
        job();
    }
}
