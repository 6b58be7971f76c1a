//! Progress on its way to the host: the latest alone, on the thread where the host expects it.

use crate::completion::{Done, handed};
use crate::delivery::Post;
use crate::engine::Engine;
use crate::error::toklink_error;
use crate::handle::Output;
use crate::status::toklink_status;
use crate::testing::{self, Stage};
use core_toklink::{CancelToken, Result};
use std::ffi::c_void;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

/// What the core calls with each step forward.
pub(crate) type Reporter<P> = Arc<dyn Fn(P) + Send + Sync>;

/// A completion of the host's, called with what becomes the host's.
pub(crate) type Completed<H> = unsafe extern "C" fn(
    user_data: *mut c_void,
    operation: u64,
    status: toklink_status,
    result: *mut H,
    error: *mut toklink_error,
);

/// The latest progress that nobody has heard of yet.
#[derive(Debug)]
struct Latest<P>(Mutex<Option<P>>);

impl<P> Latest<P> {
    fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new(None)))
    }

    /// Notes it; whether the one before was heard of, so that somebody must be called.
    fn note(&self, progress: P) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).replace(progress).is_none()
    }

    /// Tells the host, and answers whether to go on.
    fn tell(&self, tell: impl Fn(P) -> bool) -> bool {
        let progress = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        testing::pass(Stage::Progress);
        progress.is_none_or(tell)
    }
}

/// Runs work while this thread waits, which is also the one that hears of progress.
pub(crate) fn wait<P: Send + 'static, T: Send + 'static, F: Future<Output = Result<T>> + Send + 'static>(
    engine: &Engine,
    name: &'static str,
    tell: Option<&impl Fn(P) -> bool>,
    work: impl FnOnce(CancelToken, Option<Reporter<P>>) -> F,
) -> Result<T> {
    let latest = Latest::new();
    let noted = Arc::clone(&latest);
    let heard = tell.is_some();
    engine.wait_telling(
        name,
        |stop, wake| {
            let report = move |progress| {
                if noted.note(progress) {
                    wake();
                }
            };
            work(stop.token.clone(), heard.then(|| Arc::new(report) as _))
        },
        || tell.is_none_or(|tell| latest.tell(tell)),
    )
}

/// Runs work while nobody waits; progress and the end are heard of on the thread of callbacks.
pub(crate) fn begin<
    P: Send + 'static,
    T: Send + 'static,
    H: From<T> + 'static,
    F: Future<Output = Result<T>> + Send + 'static,
>(
    engine: &Engine,
    name: &'static str,
    number: Output<u64>,
    tell: Option<impl Fn(P) -> bool + Copy + Send + Sync + 'static>,
    work: impl FnOnce(CancelToken, Option<Reporter<P>>) -> F,
    done: Done<Completed<H>>,
) -> Result<()> {
    let post = engine.post();
    engine.begin(
        name,
        number,
        |stop| {
            let cancel = stop.token.clone();
            let report = tell.map(|tell| heard(tell, post.clone(), cancel.clone()));
            work(cancel, report)
        },
        move |id, outcome| {
            let (status, result, error) = handed(outcome);
            // SAFETY: the host's own function and pointer; what it is given becomes the host's.
            unsafe { (done.function)(done.user_data.pointer(), id, status, result, error) };
        },
    )
}

/// Progress that is told on the thread of callbacks.
fn heard<P: Send + 'static>(
    tell: impl Fn(P) -> bool + Copy + Send + Sync + 'static,
    post: Post,
    cancel: CancelToken,
) -> Reporter<P> {
    let latest = Latest::new();
    Arc::new(move |progress| {
        if latest.note(progress) {
            let (latest, cancel) = (Arc::clone(&latest), cancel.clone());
            // The thread lives until the client is freed, which waits for this work.
            post.send(move || {
                if !latest.tell(tell) {
                    cancel.cancel();
                }
            });
        }
    })
}
