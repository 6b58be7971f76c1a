//! The host's own store: three functions for keys and values, on which the core's store traits are implemented. Values
//! are compared and swapped as a whole, so a correct `swap` is the only guarantee that the host must give.

use crate::ffi::guard;
use crate::ffi::input::{self, Options};
use crate::ffi::testing::{self, Stage};
use crate::runtime::callback::{Kept, calling, toklink_destroy};
use crate::store::rows;
use core_toklink::{Error, ErrorKind, Owner, Result, Retry};
use std::ffi::{CString, c_char, c_void};
use std::ptr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::timeout;

/// Receives the results of a store's `get` and `list`.
///
/// Threads: use it only within the call to which it is passed, from one thread at a time.
#[derive(Debug, Default)]
pub struct toklink_store_reply {
    found: Vec<(String, String)>,
    broken: bool,
}

/// Adds a key and its value to the reply. Both texts are copied. NULL for the reply is ignored.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_store_reply_add(
    reply: *mut toklink_store_reply,
    key: *const c_char,
    value: *const c_char,
) {
    guard::value((), || {
        // SAFETY: the caller follows the conventions of the header.
        let Some(reply) = (unsafe { reply.as_mut() }) else { return };
        // SAFETY: the caller follows the conventions of the header.
        match unsafe { (input::text(key, "the key"), input::text(value, "the value")) } {
            (Ok(key), Ok(value)) => reply.found.push((key.to_owned(), value.to_owned())),
            _ => reply.broken = true,
        }
    });
}

/// The host's own store: values by key, with one conditional write. Initialise it with `TOKLINK_STORE_INIT`. Keys are
/// printable ASCII without spaces, a few hundred bytes at most. Values are JSON of at most four kilobytes, in which
/// tokens are encrypted. Each key starts with its kind: `account/`; `publish/` and `publish-id/`, deleted with their
/// account and after the retention of the journal; `lease/`, deleted a day after its end; `metrics/`, one value per
/// account and day, deleted with the account; `requests/`, one value per request that counts in a daily window, deleted
/// after that window.
///
/// Each function returns true on success. If it returns false, the call that needed it fails with
/// `TOKLINK_ERR_UNAVAILABLE`. A function that does not return within 5 s counts as failed. It occupies one of sixteen
/// threads until it returns, and `toklink_client_free` waits for it. If no thread becomes free within 5 s, the library
/// fails the call without making it.
///
/// Threads: the functions are called from several threads at the same time, but never from a thread of the host that is
/// inside this library. They must not call the same client, except to free it.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct toklink_store {
    /// The size of this struct, which `TOKLINK_STORE_INIT` sets.
    pub size: usize,
    /// Passed to each function.
    pub user_data: *mut c_void,
    /// Adds the value of `key` to the reply, or nothing if the key does not exist. Required.
    pub get: Option<
        unsafe extern "C" fn(
            user_data: *mut c_void,
            key: *const c_char,
            reply: *mut toklink_store_reply,
        ) -> bool,
    >,
    /// Atomically and durably sets the value of `key` to `next` (NULL: deletes the key) if its value is exactly
    /// `expected` (NULL: if the key does not exist). Writes true to `swapped` if it did. This comparison prevents an
    /// idempotency key from posting twice. Required.
    pub swap: Option<
        unsafe extern "C" fn(
            user_data: *mut c_void,
            key: *const c_char,
            expected: *const c_char,
            next: *const c_char,
            swapped: *mut bool,
        ) -> bool,
    >,
    /// Adds every key that starts with `prefix`, with its value, to the reply, in any order. Required.
    pub list: Option<
        unsafe extern "C" fn(
            user_data: *mut c_void,
            prefix: *const c_char,
            reply: *mut toklink_store_reply,
        ) -> bool,
    >,
    /// Frees `user_data`; NULL: nothing to free. Called once for each `toklink_client_new`: see "Callbacks" at the top.
    pub destroy: toklink_destroy,
}

// SAFETY: `repr(C)`, starts with its size, and zero is valid for pointers and callbacks.
unsafe impl Options for toklink_store {
    const NAME: &'static str = "toklink_store";
}

type Get = unsafe extern "C" fn(*mut c_void, *const c_char, *mut toklink_store_reply) -> bool;
type Swap = unsafe extern "C" fn(*mut c_void, *const c_char, *const c_char, *const c_char, *mut bool) -> bool;

/// The time limit of a function. A refresh waits for the function while the old token expires.
const CALL_LIMIT: Duration = Duration::from_secs(5);
/// The maximum number of attempts to change a row that other processes change at the same time.
const ATTEMPTS: usize = 20;
/// The interval at which old counted requests are deleted. Deleting them lists all of them.
const FORGET_EVERY_MS: i64 = 3_600_000;

#[derive(Debug)]
struct Functions {
    get: Get,
    swap: Swap,
    list: Get,
    kept: Arc<Kept>,
    serial: AtomicU64,
    /// The time up to which counted requests have been deleted.
    swept: Mutex<i64>,
}

/// The host's store, as used by the core.
#[derive(Debug, Clone)]
pub(crate) struct HostStore(Arc<Functions>);

impl HostStore {
    /// Reads the host's functions. The pointer is also freed when the functions are rejected.
    ///
    /// # Safety
    /// A store as the header says.
    pub(crate) unsafe fn of(store: *const toklink_store) -> Result<Self> {
        // SAFETY: guaranteed by the caller.
        let store = unsafe { input::options(store)? };
        let kept = Arc::new(Kept::new(store.user_data, store.destroy));
        let (Some(get), Some(swap), Some(list)) = (store.get, store.swap, store.list) else {
            return Err(Error::invalid("the store needs get, swap and list; set the function that is NULL"));
        };
        Ok(Self(Arc::new(Functions {
            get,
            swap,
            list,
            kept,
            serial: AtomicU64::new(0),
            swept: Mutex::new(i64::MIN),
        })))
    }

    /// Returns the host's pointer, for the client that uses the store.
    pub(crate) fn kept(&self) -> Arc<Kept> {
        Arc::clone(&self.0.kept)
    }

    /// Runs a function of the host on a blocking thread, with a time limit.
    async fn call<T: Send + 'static>(
        &self,
        name: &'static str,
        work: impl FnOnce(&Functions) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let functions = Arc::clone(&self.0);
        let (begins, begun) = oneshot::channel();
        let mut called = tokio::task::spawn_blocking(move || {
            // The caller may have been cancelled.
            let _heard = begins.send(());
            work(&functions)
        });
        let limit = CALL_LIMIT.as_secs();
        if timeout(CALL_LIMIT, begun).await.is_err() {
            // The function has not started, and its result is no longer needed.
            called.abort();
            return Err(unavailable(format!(
                "the host's {name} function could not be called within {limit} s, because all threads wait for earlier calls"
            )));
        }
        let Ok(done) = timeout(CALL_LIMIT, &mut called).await else {
            return Err(unavailable(format!(
                "the host's {name} function did not return within {limit} s; check the database, then try again"
            )));
        };
        done.unwrap_or_else(|cause| {
            if cause.is_panic() {
                // Continues the panic up to the boundary, which converts it to an error.
                std::panic::resume_unwind(Box::new("a panic at the host's store"));
            }
            let sentence = "the call to the host's store ended unexpectedly; please report it";
            Err(Error::new(ErrorKind::Internal, sentence).with_source(cause))
        })
    }

    /// Returns the value of `key`.
    pub(crate) async fn get(&self, key: &str) -> Result<Option<String>> {
        let key = key.to_owned();
        let mut found = self.call("get", move |functions| functions.ask("get", functions.get, &key)).await?;
        Ok(found.pop().map(|(_, value)| value))
    }

    /// Returns the keys that start with `prefix`, with their values.
    pub(crate) async fn list(&self, prefix: &str) -> Result<Vec<(String, String)>> {
        let asked = prefix.to_owned();
        let mut found =
            self.call("list", move |functions| functions.ask("list", functions.list, &asked)).await?;
        found.retain(|(key, _)| key.starts_with(prefix));
        Ok(found)
    }

    /// Sets the value of `key` to `next` if it is `expected`. Returns true if it did.
    pub(crate) async fn swap(&self, key: &str, expected: Option<&str>, next: Option<&str>) -> Result<bool> {
        let (key, expected) = (terminated(key), expected.map(terminated));
        let next = next.map(terminated);
        self.call("swap", move |functions| functions.swap(&key, expected.as_ref(), next.as_ref())).await
    }

    /// Changes one value, and retries while other processes change it too. `change` returns the next value, or the
    /// result if the value stays the same.
    pub(crate) async fn change<T>(
        &self,
        key: &str,
        mut change: impl FnMut(Option<&str>) -> Result<Change<T>>,
    ) -> Result<T> {
        for _ in 0..ATTEMPTS {
            let before = self.get(key).await?;
            match change(before.as_deref())? {
                Change::Leave(answer) => return Ok(answer),
                Change::Write(next, answer) => {
                    if self.swap(key, before.as_deref(), next.as_deref()).await? {
                        return Ok(answer);
                    }
                }
            }
        }
        Err(unavailable(
            "the host's store rejected every swap of a row; check that swap compares the whole value"
                .to_owned(),
        ))
    }

    /// Returns a number that this store has not returned before.
    pub(crate) fn serial(&self) -> u64 {
        self.0.serial.fetch_add(1, Ordering::Relaxed)
    }

    /// Returns true if entries older than `until` should be deleted, which is once an hour.
    pub(crate) fn is_time_to_forget(&self, until: i64) -> bool {
        let mut swept = self.0.swept.lock().unwrap_or_else(PoisonError::into_inner);
        let due = until >= swept.saturating_add(FORGET_EVERY_MS);
        if due {
            *swept = until;
        }
        due
    }
}

impl Functions {
    fn ask(&self, name: &str, function: Get, key: &str) -> Result<Vec<(String, String)>> {
        testing::at(Stage::Store)?;
        let (key, mut reply) = (terminated(key), toklink_store_reply::default());
        let pointer = self.kept.pointer();
        // SAFETY: the host's own function and pointer; key and reply are valid until the function returns.
        let worked = calling(|| unsafe { function(pointer, key.as_ptr(), &raw mut reply) });
        if !worked {
            return Err(failed(name));
        }
        if reply.broken {
            return Err(rows::broken("text that is not UTF-8 or contains a NUL byte"));
        }
        Ok(reply.found)
    }

    fn swap(&self, key: &CString, expected: Option<&CString>, next: Option<&CString>) -> Result<bool> {
        testing::at(Stage::Store)?;
        let place = |text: Option<&CString>| text.map_or(ptr::null(), |text| text.as_ptr());
        let (mut swapped, pointer) = (false, self.kept.pointer());
        // SAFETY: the host's own function and pointer; all texts are valid until the function returns.
        let worked = calling(|| unsafe {
            (self.swap)(pointer, key.as_ptr(), place(expected), place(next), &raw mut swapped)
        });
        if worked { Ok(swapped) } else { Err(failed("swap")) }
    }
}

/// Converts a key or a value to a C string. It cannot contain a NUL, because keys are escaped and values are JSON.
fn terminated(text: &str) -> CString {
    CString::new(text).unwrap_or_default()
}

/// The result of a change to a value.
#[derive(Debug)]
pub(crate) enum Change<T> {
    /// Keeps the value and returns this result.
    Leave(T),
    /// Writes this value (`None` deletes it), then returns this result.
    Write(Option<String>, T),
}

fn failed(function: &str) -> Error {
    unavailable(format!("the host's {function} function reported a failure; see the host's own log"))
}

fn unavailable(sentence: String) -> Error {
    Error::new(ErrorKind::Unavailable, sentence).with_owner(Owner::App).with_retry(Retry::Backoff)
}
