//! Pointers of the host, and the thread on which `destroy` frees them.

use crate::runtime::callback::{UserData, calling, toklink_destroy};
use crate::runtime::delivery::Post;
use crate::runtime::queue::Job;
use std::ffi::c_void;
use std::mem;
use std::sync::{Arc, Mutex, PoisonError};

/// The clients that have used the pointer, the latest last: `destroy` runs on the thread of callbacks of the latest that is
/// left. Each of them may hold the pointer still, on a worker where `destroy` must not run.
#[derive(Debug, Clone, Default)]
struct Home(Arc<Mutex<Vec<Post>>>);

impl Home {
    fn is_at(&self, post: Post) {
        let mut posts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        posts.retain(|known| !known.is(&post));
        posts.push(post);
    }

    /// Runs `job` there, or here when no such client is left.
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

/// The host's pointer and the function that frees it. Setters make one before anything can fail, so that `destroy` is
/// called once whatever comes of them.
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

    /// Makes `destroy` run on the thread of callbacks of this client, if it is the last one that is left.
    pub(crate) fn is_used_by(&self, post: Post) {
        self.home.is_at(post);
    }
}

impl Drop for Kept {
    /// Gives the pointer back on the thread of callbacks of its client. Work of the core drops it under locks of the
    /// core, where `destroy` must not run.
    fn drop(&mut self) {
        let Some(destroy) = self.destroy else { return };
        let last = Last { user_data: self.user_data, destroy };
        self.home.run(move || drop(last));
    }
}

/// The one call of `destroy`, also when the job that should make it is dropped.
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
