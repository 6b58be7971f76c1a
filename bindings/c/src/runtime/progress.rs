//! Delivers the latest progress to the host.

use crate::ffi::testing::{self, Stage};
use crate::runtime::callback::{UserData, calling};
use crate::runtime::task::{Context, Task, Tell, Wake};
use core_toklink::Result;
use std::ffi::c_void;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

/// A progress callback of the host. The progress is valid until the callback returns.
type Callback<V> = unsafe extern "C" fn(user_data: *mut c_void, progress: *const V) -> bool;

/// The function to which the core reports progress.
pub(crate) type Reporter<P> = Arc<dyn Fn(P) + Send + Sync>;

/// Creates an operation that observes its cancel token and reports progress to `callback`, which receives `progress_data`,
/// or `user_data` if that is NULL. `work` receives the function to which the core reports.
pub(crate) fn reporting<T, P, V, F>(
    name: &'static str,
    callback: Option<Callback<V>>,
    [progress_data, user_data]: [*mut c_void; 2],
    work: impl FnOnce(Context, Option<Reporter<P>>) -> F + Send + 'static,
) -> Task<T>
where
    T: Send + 'static,
    P: Send + 'static,
    V: From<P> + 'static,
    F: Future<Output = Result<T>> + Send + 'static,
{
    let latest = Latest::<P>::new();
    let tell = latest.tell(callback, if progress_data.is_null() { user_data } else { progress_data });
    let reports = tell.is_some();
    let task = Task::cooperative(name, move |context: Context| {
        let progress = reports.then(|| latest.reporter(Arc::clone(&context.wake)));
        work(context, progress)
    });
    task.telling(tell)
}

/// The latest progress that the host has not received yet.
#[derive(Debug)]
struct Latest<P>(Arc<Mutex<Option<P>>>);

impl<P: Send + 'static> Latest<P> {
    fn new() -> Self {
        Self(Arc::default())
    }

    /// Returns the function that calls the host's callback, if there is one.
    fn tell<V: From<P> + 'static>(
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
                // SAFETY: the host's function and pointer; the progress is valid until it returns.
                calling(|| unsafe { callback(user_data.pointer(), &raw const view) })
            })
        }))
    }

    /// Returns the function to which the core reports progress.
    fn reporter(&self, wake: Wake) -> Reporter<P> {
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
