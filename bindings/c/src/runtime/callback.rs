//! Calls of the host's functions.

use std::cell::Cell;
use std::ffi::c_void;

/// Frees the `user_data` of a callback after its last call; see "Callbacks" at the top.
pub type toklink_destroy = Option<unsafe extern "C" fn(user_data: *mut c_void)>;

/// A pointer of the host, which the library never dereferences.
#[derive(Debug, Clone, Copy)]
pub(crate) struct UserData(pub(crate) *mut c_void);

// SAFETY: the library only passes the pointer back, and the header requires callbacks that may be called from any
// thread.
unsafe impl Send for UserData {}
// SAFETY: see above.
unsafe impl Sync for UserData {}

impl UserData {
    /// Returns the pointer. A method, because a closure that used the field would capture the bare pointer, which is
    /// not `Send`.
    pub(crate) fn pointer(self) -> *mut c_void {
        self.0
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

/// Marks this thread as one of a client. The end of a client waits for its threads, so they must not wait for that end.
pub(crate) fn never_waits_for_clients() {
    DEPTH.set(DEPTH.get() + 1);
}

/// Returns true if this thread may wait for the end of a client: it does not belong to a client and is not inside a
/// callback.
pub(crate) fn may_wait() -> bool {
    DEPTH.get() == 0
}
