//! The host's functions: what is kept for them, and the thread that calls them.

use crate::guard;
use core_toklink::{Error, ErrorKind, Result};
use std::cell::Cell;
use std::ffi::c_void;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};

/// Frees what a callback was given, once it will not be called again.
pub type toklink_destroy = Option<unsafe extern "C" fn(user_data: *mut c_void)>;

/// The host's pointer. We never look behind it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct UserData(pub(crate) *mut c_void);

// SAFETY: we only hand it back; the header demands that callbacks may be called from any thread.
unsafe impl Send for UserData {}
// SAFETY: as above.
unsafe impl Sync for UserData {}

impl UserData {
    /// The pointer. A method, so that a closure captures the whole and stays `Send`.
    pub(crate) fn pointer(self) -> *mut c_void {
        self.0
    }
}

/// The host's pointer and the function that ends its life: called when the last user of it is gone.
#[derive(Debug)]
pub(crate) struct Kept {
    user_data: UserData,
    destroy: toklink_destroy,
}

impl Kept {
    pub(crate) fn new(user_data: *mut c_void, destroy: toklink_destroy) -> Self {
        Self { user_data: UserData(user_data), destroy }
    }

    pub(crate) fn pointer(&self) -> *mut c_void {
        self.user_data.pointer()
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        if let Some(destroy) = self.destroy {
            // SAFETY: the host's own function with its own pointer, once.
            calling(|| unsafe { destroy(self.pointer()) });
        }
    }
}

thread_local! {
    static DEPTH: Cell<u32> = const { Cell::new(0) };
}

/// Runs a function of the host, and remembers that this thread is inside it.
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

/// Whether this thread is inside a function of the host that we called.
pub(crate) fn is_calling() -> bool {
    DEPTH.get() > 0
}

type Job = Box<dyn FnOnce() + Send>;

/// One thread per client that calls completions, progress and events, in the order in which they came up. It is no
/// worker, so that a host may call back in and take its time.
#[derive(Debug)]
pub(crate) struct Delivery {
    sender: Sender<Job>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Delivery {
    pub(crate) fn start() -> Result<Self> {
        let (sender, receiver) = channel();
        let thread = Builder::new().name("toklink-callback".to_owned()).spawn(move || deliver(&receiver));
        let thread = thread.map_err(|cause| {
            let sentence = "the system gave no thread for callbacks; close something and try again";
            Error::new(ErrorKind::Internal, sentence).with_source(cause)
        })?;
        Ok(Self { sender, thread: Mutex::new(Some(thread)) })
    }

    /// A place to put jobs that outlives a borrow.
    pub(crate) fn sender(&self) -> Sender<Job> {
        self.sender.clone()
    }

    /// Delivers what was put there, and ends. Other senders must be gone.
    pub(crate) fn finish(self) {
        let Self { sender, thread } = self;
        drop(sender);
        let thread = thread.into_inner().unwrap_or_else(PoisonError::into_inner);
        if let Some(thread) = thread {
            // It catches every panic of a job, so there is nothing to hear of.
            let _ended = thread.join();
        }
    }
}

fn deliver(receiver: &Receiver<Job>) {
    for job in receiver {
        guard::attempt(job);
    }
}
