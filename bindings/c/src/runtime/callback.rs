//! The host's functions and pointers: how the library calls them, and when it calls `destroy`.

use crate::runtime::delivery::{Job, Post};
use std::cell::Cell;
use std::ffi::c_void;
use std::mem;
use std::sync::{Arc, Mutex, PoisonError};

/// Frees the `user_data` of a callback that the library will not call again: see "Callbacks" at the top.
pub type toklink_destroy = Option<unsafe extern "C" fn(user_data: *mut c_void)>;

/// The host's pointer, which the library never dereferences.
#[derive(Debug, Clone, Copy)]
pub(crate) struct UserData(pub(crate) *mut c_void);

// SAFETY: the library only passes the pointer back to the host, and the header requires callbacks to work on any thread.
unsafe impl Send for UserData {}
// SAFETY: as above.
unsafe impl Sync for UserData {}

impl UserData {
    /// Returns the pointer. This is a method, so that a closure captures the whole struct and stays `Send`.
    pub(crate) fn pointer(self) -> *mut c_void {
        self.0
    }
}

/// The clients that have used the pointer, most recent last. `destroy` runs on the callback thread of the most recent
/// client that still exists. Each client may still hold the pointer on a worker thread, where `destroy` must not run.
#[derive(Debug, Clone, Default)]
struct Home(Arc<Mutex<Vec<Post>>>);

impl Home {
    fn is_at(&self, post: Post) {
        let mut posts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        posts.retain(|known| !known.is(&post));
        posts.push(post);
    }

    /// Runs `job` on that callback thread, or on the current thread when none of the clients exists.
    fn run(&self, job: impl FnOnce() + Send + 'static) {
        let posts = mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let mut job: Job = Box::new(job);
        for post in posts.iter().rev() {
            match post.offer(job) {
                Ok(()) => return,
                Err(refused) => job = refused,
            }
        }
        job();
    }
}

/// The host's pointer and the function that frees it. Setters create one before anything can fail, so that `destroy` is
/// always called exactly once.
#[derive(Debug)]
pub(crate) struct Kept {
    user_data: UserData,
    destroy: toklink_destroy,
    home: Home,
}

impl Kept {
    pub(crate) fn new(user_data: *mut c_void, destroy: toklink_destroy) -> Self {
        Self { user_data: UserData(user_data), destroy, home: Home::default() }
    }

    pub(crate) fn pointer(&self) -> *mut c_void {
        self.user_data.pointer()
    }

    /// Makes `destroy` run on this client's callback thread, if the client is the last one that still exists.
    pub(crate) fn is_used_by(&self, post: Post) {
        self.home.is_at(post);
    }
}

impl Drop for Kept {
    /// Frees the pointer on its client's callback thread. The core may drop this value while it holds a lock, when
    /// `destroy` must not run.
    fn drop(&mut self) {
        let Some(destroy) = self.destroy else { return };
        let last = Last { user_data: self.user_data, destroy };
        self.home.run(move || drop(last));
    }
}

/// The only call to `destroy`. It is also made when the job that should make it is dropped.
struct Last {
    user_data: UserData,
    destroy: unsafe extern "C" fn(user_data: *mut c_void),
}

impl Drop for Last {
    fn drop(&mut self) {
        // SAFETY: the host's own function with its own pointer, once: only `Kept::drop` makes a `Last`.
        calling(|| unsafe { (self.destroy)(self.user_data.pointer()) });
    }
}

thread_local! {
    static DEPTH: Cell<u32> = const { Cell::new(0) };
}

/// Calls a function of the host, and records that this thread is inside it.
pub(crate) fn calling<T>(work: impl FnOnce() -> T) -> T {
    struct Leave;
    impl Drop for Leave {
        fn drop(&mut self) {
            DEPTH.set(DEPTH.get().saturating_sub(1));
        }
    }
    DEPTH.set(DEPTH.get() + 1);
    let _leave = Leave;
    work()
}

/// Marks the current thread as belonging to a client. A client that ends waits for its threads, so they must not wait
/// for the client.
pub(crate) fn never_waits_for_clients() {
    DEPTH.set(DEPTH.get() + 1);
}

/// Returns true if this thread may wait for a client to end: it belongs to no client, and is not inside a host function
/// that a client called.
pub(crate) fn may_wait() -> bool {
    DEPTH.get() == 0
}
