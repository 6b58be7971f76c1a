//! Injects faults at each stage of a call. Only with the feature `testing`, which `xtask test-c` enables and no shipped
//! library has. Without the feature, the functions do nothing.

/// The points at which tests can make a call fail. tests/c/faults.c uses the same numbers.
#[repr(u32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// In a C function that can fail, before its work.
    Entry = 1,
    /// In a C function that cannot fail, such as a free.
    Value = 2,
    /// On a worker thread, in the core's future.
    Work = 3,
    /// On the calling thread, after the core has returned and before the output is written.
    Answer = 4,
    /// On the callback thread, while the completion's arguments are created.
    Completion = 5,
    /// Before a call to a function of the host's store.
    Store = 6,
    /// Before a progress callback.
    Progress = 7,
    /// Before a line is logged.
    Log = 8,
    /// While a client shuts down, before it is freed.
    Free = 9,
}

/// Fails if a test armed this stage.
#[cfg(not(feature = "testing"))]
#[expect(clippy::unnecessary_wraps, reason = "with the feature it does fail")]
pub(crate) const fn at(_stage: Stage) -> core_toklink::Result<()> {
    Ok(())
}

/// Panics if a test armed this stage.
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

    /// The armed stage; 0 for none. The highest bit is set if the stage panics rather than fails.
    static ARMED: AtomicU32 = AtomicU32::new(0);
    const PANICS: u32 = 1 << 31;

    fn disarm(stage: Stage, how: u32) -> bool {
        let armed = stage as u32 | how;
        ARMED.compare_exchange(armed, 0, Ordering::SeqCst, Ordering::SeqCst).is_ok()
    }

    pub(crate) fn at(stage: Stage) -> Result<()> {
        pass(stage);
        if disarm(stage, 0) {
            return Err(Error::new(ErrorKind::Internal, "an injected fault"));
        }
        Ok(())
    }

    #[expect(clippy::panic, reason = "it is what the test asked for")]
    pub(crate) fn pass(stage: Stage) {
        if disarm(stage, PANICS) {
            panic_any("an injected panic");
        }
    }

    /// Makes a stage fail or panic the next time it is reached, once.
    #[unsafe(no_mangle)]
    extern "C" fn toklink_testing_arm(stage: u32, panics: bool) {
        ARMED.store(stage | if panics { PANICS } else { 0 }, Ordering::SeqCst);
    }

    /// Disarms the stage. Returns true if the fault has not occurred.
    #[unsafe(no_mangle)]
    extern "C" fn toklink_testing_disarm() -> bool {
        ARMED.swap(0, Ordering::SeqCst) != 0
    }
}
