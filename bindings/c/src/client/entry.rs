//! The blocking and the asynchronous form of an operation. Both run the same task.

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

/// Receives the outcome of an operation without a result. `error` is NULL on success; it is valid until the callback
/// returns.
pub type toklink_done =
    Option<unsafe extern "C" fn(user_data: *mut c_void, operation: toklink_op, error: *const toklink_error)>;

/// Receives the outcome of an operation whose result is a string. `text` is NULL on failure and `error` is NULL on
/// success; both are valid until the callback returns.
pub type toklink_text_done = Option<
    unsafe extern "C" fn(
        user_data: *mut c_void,
        operation: toklink_op,
        text: *const c_char,
        error: *const toklink_error,
    ),
>;

/// A completion callback that receives a result.
pub(crate) type ResultDone<V> = unsafe extern "C" fn(
    user_data: *mut c_void,
    operation: toklink_op,
    result: *const V,
    error: *const toklink_error,
);

/// Blocks until an operation ends. Returns its result, or NULL on failure.
///
/// # Safety
/// `client` is NULL or a live client of this library; `error` is NULL or writable.
pub(crate) unsafe fn wait<T: Send + 'static, V: View<T>>(
    client: *const toklink_client,
    error: *mut *mut toklink_error,
    task: impl FnOnce(&Engine) -> Result<Task<T>>,
) -> *const V {
    // SAFETY: the caller guarantees valid arguments.
    unsafe { made(error, || Ok(result::give::<V, T>(&waited(client, task)?))) }
}

/// Blocks until an operation without a result ends.
///
/// # Safety
/// The same as for [`wait`].
pub(crate) unsafe fn wait_done(
    client: *const toklink_client,
    error: *mut *mut toklink_error,
    task: impl FnOnce(&Engine) -> Result<Task<()>>,
) -> toklink_status {
    // SAFETY: the caller guarantees valid arguments.
    unsafe { call(error, || waited(client, task)) }
}

/// Blocks until an operation ends. Returns its string, or NULL on failure.
///
/// # Safety
/// The same as for [`wait`].
pub(crate) unsafe fn wait_text(
    client: *const toklink_client,
    error: *mut *mut toklink_error,
    task: impl FnOnce(&Engine) -> Result<Task<String>>,
) -> *mut c_char {
    // SAFETY: the caller guarantees valid arguments.
    unsafe { made(error, || Ok(text::give(&waited(client, task)?)?.cast_const())) }.cast_mut()
}

/// # Safety
/// `client` is NULL or a live client of this library.
unsafe fn waited<T: Send + 'static>(
    client: *const toklink_client,
    task: impl FnOnce(&Engine) -> Result<Task<T>>,
) -> Result<T> {
    // SAFETY: the caller guarantees valid arguments.
    let engine = unsafe { engine(client)? };
    let task = task(&engine)?;
    engine.wait(task)
}

/// Starts an operation with a result.
///
/// # Safety
/// `client` is NULL or a live client of this library; `out_operation` is NULL or writable.
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
        // SAFETY: the host's function and pointer; result and error are valid until it returns.
        unsafe { done(user_data.pointer(), id, view, error) };
    };
    // SAFETY: the caller guarantees valid arguments.
    unsafe { started(client, name, out_operation, task, finish) };
}

/// Starts an operation without a result.
///
/// # Safety
/// The same as for [`start`].
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
        // SAFETY: the host's function and pointer; the error is valid until it returns.
        unsafe { done(user_data.pointer(), id, error) };
    };
    // SAFETY: the caller guarantees valid arguments.
    unsafe { started(client, name, out_operation, task, finish) };
}

/// Starts an operation whose result is a string.
///
/// # Safety
/// The same as for [`start`].
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
        // SAFETY: the host's function and pointer; text and error are valid until it returns, and the text is freed
        // once.
        unsafe {
            done(user_data.pointer(), id, text, error);
            text::toklink_text_free(text);
        }
    };
    // SAFETY: the caller guarantees valid arguments.
    unsafe { started(client, name, out_operation, task, finish) };
}

/// Creates the arguments of a completion. If that fails, the completion receives the error instead.
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

/// Starts an operation. Passes an error to `finish` on the callback thread, or on this thread if there is none.
///
/// # Safety
/// The same as for [`start`].
unsafe fn started<T: Send + 'static>(
    client: *const toklink_client,
    name: &'static str,
    out_operation: *mut toklink_op,
    task: impl FnOnce(&Engine) -> Result<Task<T>>,
    finish: impl FnOnce(u64, std::result::Result<T, Failure>) + Send + 'static,
) {
    let number = |id| {
        if !out_operation.is_null() {
            // SAFETY: not NULL, and the caller guarantees that it is writable.
            unsafe { out_operation.write(id) };
        }
    };
    guard::attempt(|| {
        number(0);
        // SAFETY: the caller guarantees valid arguments.
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

/// Runs a job on the callback thread, or on this thread if the callback thread has ended.
fn deliver(engine: &Arc<Engine>, job: impl FnOnce() + Send + 'static) {
    if let Err(job) = engine.post().offer(Box::new(job)) {
        job();
    }
}
