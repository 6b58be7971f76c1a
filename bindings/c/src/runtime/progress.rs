//! Passes progress to the host. Only keeps the latest value.

use crate::ffi::testing::{self, Stage};
use crate::runtime::callback::{UserData, calling};
use crate::runtime::task::{Tell, Wake};
use std::ffi::c_void;
use std::sync::{Arc, Mutex, PoisonError};

/// A progress callback of the host. The progress is valid until the callback returns.
pub(crate) type Callback<V> = unsafe extern "C" fn(user_data: *mut c_void, progress: *const V) -> bool;

/// The function that the core calls with each progress report.
pub(crate) type Reporter<P> = Arc<dyn Fn(P) + Send + Sync>;

/// The latest progress that the host has not received yet.
#[derive(Debug)]
pub(crate) struct Latest<P>(Arc<Mutex<Option<P>>>);

impl<P: Send + 'static> Latest<P> {
    pub(crate) fn new() -> Self {
        Self(Arc::default())
    }

    /// Returns the function that calls the host, if the host has a callback.
    pub(crate) fn tell<V: From<P> + 'static>(
        &self,
        callback: Option<Callback<V>>,
        user_data: *mut c_void,
    ) -> Option<Tell> {
        let (callback, user_data, slot) = (callback?, UserData(user_data), Arc::clone(&self.0));
        Some(Arc::new(move || {
            let progress = slot.lock().unwrap_or_else(PoisonError::into_inner).take();
            testing::pass(Stage::Progress);
            progress.is_none_or(|progress| {
                let view = V::from(progress);
                // SAFETY: the host's own function and pointer; the progress is valid until the function returns.
                calling(|| unsafe { callback(user_data.pointer(), &raw const view) })
            })
        }))
    }

    /// Returns the function to which the core reports progress.
    pub(crate) fn reporter(&self, wake: Wake) -> Reporter<P> {
        let slot = Arc::clone(&self.0);
        Arc::new(move |progress| {
            let before = slot.lock().unwrap_or_else(PoisonError::into_inner).replace(progress);
            // If the slot still held a value, the report that stored it has already woken the host.
            if before.is_none() {
                wake();
            }
        })
    }
}
