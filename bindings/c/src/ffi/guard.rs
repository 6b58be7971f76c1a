//! Stops panics at the boundary to C. Unwinding into C is undefined behavior, so every function of the header runs in
//! this guard.

use crate::ffi::testing::{self, Stage};
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs a call that cannot fail. Returns `otherwise` if it panics.
pub(crate) fn value<T>(otherwise: T, work: impl FnOnce() -> T) -> T {
    let work = || {
        testing::pass(Stage::Value);
        work()
    };
    caught(work).unwrap_or(otherwise)
}

/// Runs work whose failure has no consequences.
pub(crate) fn attempt(work: impl FnOnce()) {
    let _done = caught(work);
}

/// Runs work that may panic. Returns `None` if it did.
pub(crate) fn caught<T>(work: impl FnOnce() -> T) -> Option<T> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(value) => Some(value),
        Err(payload) => {
            discard(payload);
            None
        }
    }
}

/// Drops the payload of a panic. Leaks a payload whose own drop panics.
fn discard(payload: Box<dyn Any + Send>) {
    if let Err(second) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        std::mem::forget(second);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::panic_any;

    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic_any("again");
        }
    }

    #[test]
    fn panics_end_at_the_boundary() {
        assert_eq!(value(7, || panic_any("bang")), 7);
        assert_eq!(value(7, || 8), 8);
        assert_eq!(caught(|| panic_any(Bomb)), None::<()>);
    }
}
