//! The host's store: a key-value store with three functions. The core's store interfaces are built on them, and all
//! conditional writes use `swap`.

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

/// Receives the results of a store's `get` and `list`.
///
/// Threads: use it only during the call that receives it, on one thread at a time.
#[derive(Debug, Default)]
pub struct toklink_store_reply {
    found: Vec<(String, String)>,
    broken: bool,
}

/// Adds a key and its value to the reply. Copies both strings. Does nothing if `reply` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn toklink_store_reply_add(
    reply: *mut toklink_store_reply,
    key: *const c_char,
    value: *const c_char,
) {
    guard::value((), || {
        // SAFETY: the header requires valid arguments.
        let Some(reply) = (unsafe { reply.as_mut() }) else { return };
        // SAFETY: the header requires valid arguments.
        match unsafe { (input::text(key, "key"), input::text(value, "value")) } {
            (Ok(key), Ok(value)) => reply.found.push((key.to_owned(), value.to_owned())),
            _ => reply.broken = true,
        }
    });
}

/// A custom key-value store with a conditional write. Initialise it with `TOKLINK_STORE_INIT`. Keys are printable ASCII
/// without spaces. They contain the tenant, the open id and the idempotency key, in which every byte except letters,
/// digits and `-_.~` takes three bytes: 1024 bytes suffice for tenants of up to 50 bytes. Values are JSON of at most 4
/// KB, with encrypted tokens. Keys start with their kind: `account/`; `publish/` and `publish-id/`, deleted with their
/// account and after the retention of the journal; `lease/`, deleted a day after its end; `metrics/`, one value for
/// each account and day, deleted with the account; `requests/`, one value for each request that counts for a day,
/// deleted after that day.
///
/// Each function returns true on success. If it returns false, or does not return within 5 s, the operation that needed
/// it fails with `TOKLINK_ERR_UNAVAILABLE`. `toklink_client_free` waits until running calls return. At most 16 calls
/// run at the same time; a further call waits and fails after 5 s.
///
/// Threads: called on several threads of the library at the same time. The functions must not call the same client,
/// except to free it.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct toklink_store {
    /// The size of this struct, which `TOKLINK_STORE_INIT` sets.
    pub size: usize,
    /// Passed to each function.
    pub user_data: *mut c_void,
    /// Adds the value of `key` to the reply; adds nothing if the key does not exist. Required.
    pub get: Option<
        unsafe extern "C" fn(
            user_data: *mut c_void,
            key: *const c_char,
            reply: *mut toklink_store_reply,
        ) -> bool,
    >,
    /// Stores `next` as the value of `key` (NULL: deletes the key) if the current value equals `expected` (NULL: the
    /// key does not exist), atomically and durably. Writes true to `swapped` if it did. The promise that an idempotency
    /// key posts at most once depends on this comparison. Required.
    pub swap: Option<
        unsafe extern "C" fn(
            user_data: *mut c_void,
            key: *const c_char,
            expected: *const c_char,
            next: *const c_char,
            swapped: *mut bool,
        ) -> bool,
    >,
    /// Adds each key that starts with `prefix`, and its value, to the reply, in any order. Required.
    pub list: Option<
        unsafe extern "C" fn(
            user_data: *mut c_void,
            prefix: *const c_char,
            reply: *mut toklink_store_reply,
        ) -> bool,
    >,
    /// Frees `user_data`; may be NULL. Called once for each `toklink_client_new`; see "Callbacks" at the top.
    pub destroy: toklink_destroy,
}

// SAFETY: `repr(C)`, starts with its size, and pointers and callbacks may be 0.
unsafe impl Options for toklink_store {
    const NAME: &'static str = "toklink_store";
}

type Get = unsafe extern "C" fn(*mut c_void, *const c_char, *mut toklink_store_reply) -> bool;
type Swap = unsafe extern "C" fn(*mut c_void, *const c_char, *const c_char, *const c_char, *mut bool) -> bool;

/// Time limit for a call of the host's functions.
const CALL_LIMIT: Duration = Duration::from_secs(5);
/// Number of attempts to change a row that is modified concurrently.
const ATTEMPTS: usize = 20;
/// Interval at which old counted requests are deleted.
const FORGET_EVERY_MS: i64 = 3_600_000;

#[derive(Debug)]
struct Functions {
    get: Get,
    swap: Swap,
    list: Get,
    kept: Arc<Kept>,
    places: Arc<Semaphore>,
    serial: AtomicU64,
    /// Time up to which counted requests were deleted.
    swept: Mutex<i64>,
}

/// The host's store.
#[derive(Debug, Clone)]
pub(crate) struct HostStore(Arc<Functions>);

impl HostStore {
    /// Reads the host's functions. Calls `destroy` even if a function is missing.
    ///
    /// # Safety
    /// `store` points to a valid store.
    pub(crate) unsafe fn of(store: *const toklink_store) -> Result<Self> {
        // SAFETY: the caller guarantees valid arguments.
        let store = unsafe { input::options(store)? };
        let kept = Arc::new(Kept::new(store.user_data, store.destroy));
        let (Some(get), Some(swap), Some(list)) = (store.get, store.swap, store.list) else {
            let functions = [
                ("get", store.get.is_some()),
                ("swap", store.swap.is_some()),
                ("list", store.list.is_some()),
            ];
            let missing: Vec<_> = functions.iter().filter(|(_, set)| !set).map(|(name, _)| *name).collect();
            let what = format!("lacks {}", missing.join(" and "));
            return Err(Error::config(vec![ConfigProblem::new("store", what, "set get, swap and list")]));
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

    /// Returns the host's pointer.
    pub(crate) fn kept(&self) -> Arc<Kept> {
        Arc::clone(&self.0.kept)
    }

    /// Calls a function of the host on a blocking thread, with a time limit.
    async fn call<T: Send + 'static>(
        &self,
        name: &'static str,
        work: impl FnOnce(&Functions) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let functions = Arc::clone(&self.0);
        let limit = CALL_LIMIT.as_secs();
        let Ok(Ok(place)) = timeout(CALL_LIMIT, Arc::clone(&functions.places).acquire_owned()).await else {
            return Err(unavailable(format!(
                "`{name}` of the host's store was not called within {limit} s because {STORE_CALLS} calls have not returned; check what they wait for"
            )));
        };
        let mut called = tokio::task::spawn_blocking(move || {
            let _place = place;
            work(&functions)
        });
        let Ok(done) = timeout(CALL_LIMIT, &mut called).await else {
            // If the call has not started yet, it must not start any more.
            called.abort();
            return Err(unavailable(format!(
                "`{name}` of the host's store did not return within {limit} s; check what it waits for, then retry"
            )));
        };
        done.unwrap_or_else(|cause| {
            if cause.is_panic() {
                // The boundary reports the panic.
                std::panic::resume_unwind(Box::new("a panic at the host's store"));
            }
            let sentence = "a call of the host's store was aborted; please report this bug";
            Err(Error::new(ErrorKind::Internal, sentence).with_source(cause))
        })
    }

    /// Returns the value of `key`.
    pub(crate) async fn get(&self, key: &str) -> Result<Option<String>> {
        let key = key.to_owned();
        let mut found = self.call("get", move |functions| functions.ask("get", functions.get, &key)).await?;
        Ok(found.pop().map(|(_, value)| value))
    }

    /// Returns the keys that start with `prefix`, and their values.
    pub(crate) async fn list(&self, prefix: &str) -> Result<Vec<(String, String)>> {
        let asked = prefix.to_owned();
        let mut found =
            self.call("list", move |functions| functions.ask("list", functions.list, &asked)).await?;
        found.retain(|(key, _)| key.starts_with(prefix));
        Ok(found)
    }

    /// Replaces the value of `key` with `next` if it equals `expected`. Returns true if it did.
    pub(crate) async fn swap(&self, key: &str, expected: Option<&str>, next: Option<&str>) -> Result<bool> {
        let (key, expected) = (terminated(key), expected.map(terminated));
        let next = next.map(terminated);
        self.call("swap", move |functions| functions.swap(&key, expected.as_ref(), next.as_ref())).await
    }

    /// Changes one value, and retries after concurrent changes. `change` returns the new value, or leaves the value
    /// unchanged.
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
        Err(unavailable(format!(
            "`swap` of the host's store refused {ATTEMPTS} changes of one value; check that it compares the whole value"
        )))
    }

    /// Returns a number that this store has not returned before.
    pub(crate) fn serial(&self) -> u64 {
        self.0.serial.fetch_add(1, Ordering::Relaxed)
    }

    /// Returns true if requests older than `until` should be deleted, at most once per hour.
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
        // SAFETY: the host's function and pointer; key and reply are valid until it returns.
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
        // SAFETY: the host's function and pointer; all strings are valid until it returns.
        let worked = calling(|| unsafe {
            (self.swap)(pointer, key.as_ptr(), place(expected), place(next), &raw mut swapped)
        });
        if worked { Ok(swapped) } else { Err(failed("swap")) }
    }
}

/// Converts a key or value, which never contains a NUL.
fn terminated(text: &str) -> CString {
    CString::new(text).unwrap_or_default()
}

/// The decision about a value.
#[derive(Debug)]
pub(crate) enum Change<T> {
    /// Leaves the value unchanged and returns this result.
    Leave(T),
    /// Writes this value (`None` deletes the key) and returns this result.
    Write(Option<String>, T),
}

fn failed(function: &str) -> Error {
    unavailable(format!("`{function}` of the host's store returned false; check the host's log"))
}

fn unavailable(sentence: String) -> Error {
    Error::new(ErrorKind::Unavailable, sentence).with_owner(Owner::App).with_retry(Retry::Backoff)
}
