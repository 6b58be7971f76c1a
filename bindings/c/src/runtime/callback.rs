//! The host's functions and pointers: how they are called, and when `destroy` frees them.

use std::cell::Cell;
use std::ffi::c_void;

/// Frees the `user_data` of a callback that the library does not call again: see "Callbacks" at the top.
pub type toklink_destroy = Option<unsafe extern "C" fn(user_data: *mut c_void)>;

/// The host's pointer, which the library never dereferences.
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

/// Marks a thread of a client. The end of a client waits for such threads, so none of them waits for that end.
pub(crate) fn never_waits_for_clients() {
    DEPTH.set(DEPTH.get() + 1);
}

/// Returns whether this thread may wait for the end of a client: it belongs to no client and is inside no function of the
/// host that a client called.
pub(crate) fn may_wait() -> bool {
    DEPTH.get() == 0
}
