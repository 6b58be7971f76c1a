//! The boundary that no panic passes: unwinding into C is undefined, so every entry runs in here.

use crate::error::toklink_error;
use crate::handle;
use crate::status::toklink_status;
use crate::testing::{self, Stage};
use core_toklink::Result;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs a call that can fail. On failure the error is handed over if the host asked for it.
///
/// # Safety
/// `error` is NULL or writable.
pub(crate) unsafe fn call(
    error: *mut *mut toklink_error,
    work: impl FnOnce() -> Result<()>,
) -> toklink_status {
    let work = || {
        testing::at(Stage::Entry)?;
        work()
    };
    let failure = match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(())) => return toklink_status::TOKLINK_OK,
        Ok(Err(error)) => toklink_error::of(&error),
        Err(payload) => {
            discard(payload);
            toklink_error::panicked()
        }
    };
    let status = failure.status();
    if !error.is_null() {
        // SAFETY: not NULL, and the caller promises that it is writable.
        unsafe { error.write(handle::give(failure)) };
    }
    status
}

/// Runs a call that cannot fail; `otherwise` is the answer should it panic.
pub(crate) fn value<T>(otherwise: T, work: impl FnOnce() -> T) -> T {
    let work = || {
        testing::pass(Stage::Value);
        work()
    };
    caught(work).unwrap_or(otherwise)
}

/// Runs work that nothing depends on.
pub(crate) fn attempt(work: impl FnOnce()) {
    let _whether = caught(work);
}

/// Runs work that may panic; `None` when it did.
pub(crate) fn caught<T>(work: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(work)).map_or_else(
        |payload| {
            discard(payload);
            None
        },
        Some,
    )
}

/// Drops what a panic carried. Its own Drop could panic again; of that a leak is the smaller harm.
fn discard(payload: Box<dyn Any + Send>) {
    if let Err(again) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        std::mem::forget(again);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{toklink_error_free, toklink_error_status};
    use core_toklink::{Error, ErrorKind};
    use std::ptr;
    use toklink_status::{TOKLINK_ERR_CLOSED, TOKLINK_ERR_PANIC, TOKLINK_OK};

    struct PanicsOnDrop;

    impl Drop for PanicsOnDrop {
        fn drop(&mut self) {
            panic!("again");
        }
    }

    #[test]
    fn a_panic_becomes_a_status_and_an_error_object() {
        let mut error = ptr::null_mut();
        // SAFETY: `error` is writable, and what is read and freed is what the call wrote.
        unsafe {
            assert_eq!(call(&raw mut error, || panic!("boom")), TOKLINK_ERR_PANIC);
            assert_eq!(toklink_error_status(error), TOKLINK_ERR_PANIC);
            toklink_error_free(error);
        }
        assert_eq!(value(7, || panic!("boom")), 7);
    }

    #[test]
    fn a_payload_that_panics_when_dropped_stays_inside_too() {
        // SAFETY: NULL is allowed.
        let status = unsafe { call(ptr::null_mut(), || std::panic::panic_any(PanicsOnDrop)) };
        assert_eq!(status, TOKLINK_ERR_PANIC);
        assert!(!value(false, || std::panic::panic_any(PanicsOnDrop)));
    }

    #[test]
    fn an_error_that_nobody_asked_for_is_not_made_and_success_leaves_the_slot_alone() {
        let mut untouched = ptr::dangling_mut();
        // SAFETY: NULL and a writable slot are both allowed.
        unsafe {
            let closed = || Err(Error::new(ErrorKind::Closed, "closed"));
            assert_eq!(call(ptr::null_mut(), closed), TOKLINK_ERR_CLOSED);
            assert_eq!(call(&raw mut untouched, || Ok(())), TOKLINK_OK);
        }
        assert_eq!(untouched, ptr::dangling_mut());
    }
}
