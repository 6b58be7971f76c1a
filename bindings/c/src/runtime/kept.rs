//! Pointers of the host, and the thread on which `destroy` frees them.

use crate::runtime::callback::{UserData, calling, toklink_destroy};
use crate::runtime::delivery::Post;
use crate::runtime::queue::Job;
use std::ffi::c_void;
use std::mem;
use std::sync::{Arc, Mutex, PoisonError};

/// The clients that have used a pointer, the latest last. `destroy` runs on the callback thread of the latest client
/// that is still alive, because a worker that drops the pointer must not call it.
#[derive(Debug, Clone, Default)]
struct Home(Arc<Mutex<Vec<Post>>>);

impl Home {
    fn is_at(&self, post: Post) {
        let mut posts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        posts.retain(|known| !known.is(&post));
        posts.push(post);
    }

    /// Runs `job` on that callback thread, or on this thread if no such client is alive.
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

/// A pointer of the host and the function that frees it. It is created before anything can fail, so that `destroy` is
/// called exactly once in every case.
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

    /// Makes `destroy` run on the callback thread of this client, unless a later user replaces it.
    pub(crate) fn is_used_by(&self, post: Post) {
        self.home.is_at(post);
    }
}

impl Drop for Kept {
    /// Calls `destroy` on the client's callback thread. The core may drop the pointer while it holds a lock, where
    /// `destroy` must not run.
    fn drop(&mut self) {
        let Some(destroy) = self.destroy else { return };
        let last = Last { user_data: self.user_data, destroy };
        self.home.run(move || drop(last));
    }
}

/// Calls `destroy` once when it is dropped, even if its job never runs.
struct Last {
    user_data: UserData,
    destroy: unsafe extern "C" fn(user_data: *mut c_void),
}

impl Drop for Last {
    fn drop(&mut self) {
        // SAFETY: the host's function and pointer. It runs once, because only `Kept::drop` creates a `Last`.
        calling(|| unsafe { (self.destroy)(self.user_data.pointer()) });
    }
}
