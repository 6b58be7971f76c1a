//! Stops panics at the C boundary. Unwinding into C is undefined behaviour, so every C function runs in here.

use crate::ffi::testing::{self, Stage};
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs a function that cannot fail. Returns `otherwise` if it panics.
pub(crate) fn value<T>(otherwise: T, work: impl FnOnce() -> T) -> T {
    let work = || {
        testing::pass(Stage::Value);
        work()
    };
    caught(work).unwrap_or(otherwise)
}

/// Runs `work` and ignores a panic.
pub(crate) fn attempt(work: impl FnOnce()) {
    let _done = caught(work);
}

/// Runs `work`. Returns `None` if it panics.
pub(crate) fn caught<T>(work: impl FnOnce() -> T) -> Option<T> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(value) => Some(value),
        Err(payload) => {
            discard(payload);
            None
        }
    }
}

/// Drops a panic's payload. A payload whose `drop` panics is leaked.
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
    fn guard_catches_panics() {
        assert_eq!(value(7, || panic_any("bang")), 7);
        assert_eq!(value(7, || 8), 8);
        assert_eq!(caught(|| panic_any(Bomb)), None::<()>);
    }
}
