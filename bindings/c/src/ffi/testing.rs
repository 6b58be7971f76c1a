//! Faults that tests inject at each stage of a call. Only compiled with the feature `testing`, which only `xtask
//! test-c` enables. Without it, each stage is empty.

/// The points at which tests can make a call fail. The numbers are those of tests/c/faults.c.
#[repr(u32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// In a function that can fail, before its work.
    Entry = 1,
    /// In a function that cannot fail, such as an accessor or a free function.
    Value = 2,
    /// On a worker, where the core's future runs.
    Work = 3,
    /// On the calling thread, after the core has responded and before the output is written.
    Answer = 4,
    /// On the callback thread, while the value for a completion is created.
    Completion = 5,
    /// Before a function of the host's store is called.
    Store = 6,
    /// Before a progress callback.
    Progress = 7,
    /// Before a line is logged.
    Log = 8,
    /// While a client shuts down, before it is freed.
    Free = 9,
}

/// A stage that can fail.
#[cfg(not(feature = "testing"))]
#[expect(clippy::unnecessary_wraps, reason = "with the feature it does fail")]
pub(crate) const fn at(_stage: Stage) -> core_toklink::Result<()> {
    Ok(())
}

/// A stage that can only panic.
#[cfg(not(feature = "testing"))]
pub(crate) const fn pass(_stage: Stage) {}

#[cfg(feature = "testing")]
pub(crate) use armed::{at, pass};

#[cfg(feature = "testing")]
mod armed {
    use super::Stage;
    use core_toklink::{Error, ErrorKind, Result};
    use std::panic::panic_any;
    use std::sync::atomic::{AtomicU32, Ordering};

    /// The stage that fails next, once; 0 for none. If the highest bit is set, it panics instead.
    static ARMED: AtomicU32 = AtomicU32::new(0);
    const PANICS: u32 = 1 << 31;

    fn disarm(stage: Stage, how: u32) -> bool {
        let armed = stage as u32 | how;
        ARMED.compare_exchange(armed, 0, Ordering::SeqCst, Ordering::SeqCst).is_ok()
    }

    pub(crate) fn at(stage: Stage) -> Result<()> {
        pass(stage);
        if disarm(stage, 0) {
            return Err(Error::new(ErrorKind::Internal, "a fault that a test asked for"));
        }
        Ok(())
    }

    #[expect(clippy::panic, reason = "it is what the test asked for")]
    pub(crate) fn pass(stage: Stage) {
        if disarm(stage, PANICS) {
            panic_any("a panic that a test asked for");
        }
    }

    /// Makes the next execution of a stage fail or panic, once.
    #[unsafe(no_mangle)]
    extern "C" fn toklink_testing_arm(stage: u32, panics: bool) {
        ARMED.store(stage | if panics { PANICS } else { 0 }, Ordering::SeqCst);
    }

    /// Disarms the fault. Returns true if it had not occurred yet.
    #[unsafe(no_mangle)]
    extern "C" fn toklink_testing_disarm() -> bool {
        ARMED.swap(0, Ordering::SeqCst) != 0
    }
}
