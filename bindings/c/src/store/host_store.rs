//! A store of the host's own: three functions over keys and values, and everything that the core wants of a store made
//! of them. Values are compared and swapped whole, so one honest `swap` is all the care that a host must take.

use crate::ffi::guard;
use crate::ffi::input::{self, Options};
use crate::ffi::testing::{self, Stage};
use crate::runtime::callback::{calling, toklink_destroy};
use crate::runtime::engine::STORE_CALLS;
use crate::runtime::kept::Kept;
use crate::store::rows;
use core_toklink::{ConfigProblem, Error, ErrorKind, Owner, Result, Retry};
use std::ffi::{CString, c_char, c_void};
use std::ptr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// Receives what `get` and `list` of a store find.
///
/// Threads: use it within the call that it is passed to, from one thread at a time.
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
        // SAFETY: the conventions of the header.
        let Some(reply) = (unsafe { reply.as_mut() }) else { return };
        // SAFETY: the conventions of the header.
        match unsafe { (input::text(key, "the key"), input::text(value, "the value")) } {
            (Ok(key), Ok(value)) => reply.found.push((key.to_owned(), value.to_owned())),
            _ => reply.broken = true,
        }
    });
}

/// A store of the host: values by key, with one conditional write. Initialise it with `TOKLINK_STORE_INIT`. Keys are printable
/// ASCII without blanks of at most a few hundred bytes; values are JSON of at most four kilobytes, the tokens in them encrypted.
/// Keys start with their kind: `account/`; `publish/` and `publish-id/`, deleted with their account and after the retention of the
/// journal; `lease/`, deleted a day after its end; `metrics/`, one value for each account and day, deleted with the account; `requests/`,
/// one value for each request that counts for a day, deleted after it.
///
/// Each function returns whether it succeeded. After false, the call that needed it fails with `TOKLINK_ERR_UNAVAILABLE`. A function
/// that does not return within 5 s counts as failed, and `toklink_client_free` waits for it. At most 16 calls run at the same time. A
/// further one waits, and fails after 5 s without being made.
///
/// Threads: called from several threads at the same time, never from a thread of the host that is inside of this library. The
/// functions must not call the same client, except to free it.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct toklink_store {
    /// The size of this struct, which `TOKLINK_STORE_INIT` sets.
    pub size: usize,
    /// Passed to each of the functions.
    pub user_data: *mut c_void,
    /// Adds the value of `key` to the reply, or nothing if there is none. Required.
    pub get: Option<
        unsafe extern "C" fn(
            user_data: *mut c_void,
            key: *const c_char,
            reply: *mut toklink_store_reply,
        ) -> bool,
    >,
    /// Stores `next` as the value of `key` (NULL: deletes the key) if its value is exactly `expected` (NULL: if there is none),
    /// atomically and durably, and writes to `swapped` whether it did. That no idempotency key posts twice depends on this
    /// comparison. Required.
    pub swap: Option<
        unsafe extern "C" fn(
            user_data: *mut c_void,
            key: *const c_char,
            expected: *const c_char,
            next: *const c_char,
            swapped: *mut bool,
        ) -> bool,
    >,
    /// Adds every key that starts with `prefix`, and its value, to the reply, in any order. Required.
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

// SAFETY: `repr(C)`, starts with its size, and pointers and callbacks may be 0.
unsafe impl Options for toklink_store {
    const NAME: &'static str = "toklink_store";
}

type Get = unsafe extern "C" fn(*mut c_void, *const c_char, *mut toklink_store_reply) -> bool;
type Swap = unsafe extern "C" fn(*mut c_void, *const c_char, *const c_char, *const c_char, *mut bool) -> bool;

/// A function must return within this time: a refresh waits for it while the old token's life runs out.
const CALL_LIMIT: Duration = Duration::from_secs(5);
/// The number of attempts to change a row that others change at the same time.
const ATTEMPTS: usize = 20;
/// The interval at which old counted requests are deleted, which lists them all.
const FORGET_EVERY_MS: i64 = 3_600_000;

#[derive(Debug)]
struct Functions {
    get: Get,
    swap: Swap,
    list: Get,
    kept: Arc<Kept>,
    places: Arc<Semaphore>,
    serial: AtomicU64,
    /// Until when counted requests were erased.
    swept: Mutex<i64>,
}

/// The host's store, as the core sees it.
#[derive(Debug, Clone)]
pub(crate) struct HostStore(Arc<Functions>);

impl HostStore {
    /// Reads the functions of the host. The pointer is freed also when they are refused.
    ///
    /// # Safety
    /// A store as the header says.
    pub(crate) unsafe fn of(store: *const toklink_store) -> Result<Self> {
        // SAFETY: the caller's promise.
        let store = unsafe { input::options(store)? };
        let kept = Arc::new(Kept::new(store.user_data, store.destroy));
        let (Some(get), Some(swap), Some(list)) = (store.get, store.swap, store.list) else {
            let problem = ConfigProblem::new("store", "lacks get, swap or list", "set all three functions");
            return Err(Error::config(vec![problem]));
        };
        Ok(Self(Arc::new(Functions {
            get,
            swap,
            list,
            kept,
            places: Arc::new(Semaphore::new(STORE_CALLS)),
            serial: AtomicU64::new(0),
            swept: Mutex::new(i64::MIN),
        })))
    }

    /// Returns the host's pointer, for the client that uses the store.
    pub(crate) fn kept(&self) -> Arc<Kept> {
        Arc::clone(&self.0.kept)
    }

    /// Runs a function of the host where it may take its time, but not for ever.
    async fn call<T: Send + 'static>(
        &self,
        name: &'static str,
        work: impl FnOnce(&Functions) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let functions = Arc::clone(&self.0);
        let limit = CALL_LIMIT.as_secs();
        let Ok(Ok(place)) = timeout(CALL_LIMIT, Arc::clone(&functions.places).acquire_owned()).await else {
            return Err(unavailable(format!(
                "the host's store was not asked for its {name} within {limit} s: {STORE_CALLS} calls of it have not returned"
            )));
        };
        let mut called = tokio::task::spawn_blocking(move || {
            let _place = place;
            work(&functions)
        });
        let Ok(done) = timeout(CALL_LIMIT, &mut called).await else {
            // If no thread was free, it must not be called any more.
            called.abort();
            return Err(unavailable(format!(
                "the host's store did not return from its {name} within {limit} s: look at what it waits for, then try again"
            )));
        };
        done.unwrap_or_else(|cause| {
            if cause.is_panic() {
                // On towards the boundary, which says what it is.
                std::panic::resume_unwind(Box::new("a panic at the host's store"));
            }
            let sentence = "the call of the host's store broke off; please report it";
            Err(Error::new(ErrorKind::Internal, sentence).with_source(cause))
        })
    }

    /// The value of `key`.
    pub(crate) async fn get(&self, key: &str) -> Result<Option<String>> {
        let key = key.to_owned();
        let mut found = self.call("get", move |functions| functions.ask("get", functions.get, &key)).await?;
        Ok(found.pop().map(|(_, value)| value))
    }

    /// Keys that begin with `prefix`, and their values.
    pub(crate) async fn list(&self, prefix: &str) -> Result<Vec<(String, String)>> {
        let asked = prefix.to_owned();
        let mut found =
            self.call("list", move |functions| functions.ask("list", functions.list, &asked)).await?;
        found.retain(|(key, _)| key.starts_with(prefix));
        Ok(found)
    }

    /// Makes `next` the value of `key` if it is `expected`; whether it did.
    pub(crate) async fn swap(&self, key: &str, expected: Option<&str>, next: Option<&str>) -> Result<bool> {
        let (key, expected) = (terminated(key), expected.map(terminated));
        let next = next.map(terminated);
        self.call("swap", move |functions| functions.swap(&key, expected.as_ref(), next.as_ref())).await
    }

    /// Changes one value, and repeats that while others change it too. `change` returns the next value, or the result if
    /// the value stays.
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
            "the host's store refused every swap of one row: does swap compare the whole value?".to_owned(),
        ))
    }

    /// A number that this store has not given before.
    pub(crate) fn serial(&self) -> u64 {
        self.0.serial.fetch_add(1, Ordering::Relaxed)
    }

    /// True if what is older than `until` should be erased: once for each hour that it has moved on.
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
        // SAFETY: the host's own function and pointer; key and reply live until it returns.
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
        // SAFETY: the host's own function and pointer; all texts live until it returns.
        let worked = calling(|| unsafe {
            (self.swap)(pointer, key.as_ptr(), place(expected), place(next), &raw mut swapped)
        });
        if worked { Ok(swapped) } else { Err(failed("swap")) }
    }
}

/// Keys and values are JSON and escaped names, which hold no NUL.
fn terminated(text: &str) -> CString {
    CString::new(text).unwrap_or_default()
}

/// The change of a value.
#[derive(Debug)]
pub(crate) enum Change<T> {
    /// Nothing; this is the answer.
    Leave(T),
    /// Write this (`None` erases), and then this is the answer.
    Write(Option<String>, T),
}

fn failed(function: &str) -> Error {
    unavailable(format!("the host's store says that its {function} failed; see the host's own log"))
}

fn unavailable(sentence: String) -> Error {
    Error::new(ErrorKind::Unavailable, sentence).with_owner(Owner::App).with_retry(Retry::Backoff)
}
