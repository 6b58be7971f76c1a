//! Faults on demand, at every stage of a call. With the feature `testing` alone, which no library that ships has: only
//! `xtask test-c` turns it on. Without it each stage is nothing.

/// The points at which tests can make a call fail. The numbers are those of tests/c/faults.c.
#[repr(u32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// In an entry that can fail, before its work.
    Entry = 1,
    /// In an entry that cannot fail: an accessor, a free.
    Value = 2,
    /// On a worker, where the core's future runs.
    Work = 3,
    /// On the calling thread, when the core has answered and the output is not yet written.
    Answer = 4,
    /// On the thread of callbacks, while what a completion is given is made.
    Completion = 5,
    /// Before a call of a function of the host's store.
    Store = 6,
    /// Before a progress callback.
    Progress = 7,
    /// Before a line is logged.
    Log = 8,
    /// While a client ends its work, before it is freed.
    Free = 9,
}

/// A stage that can fail.
#[cfg(not(feature = "testing"))]
#[expect(clippy::unnecessary_wraps, reason = "with the feature it does fail")]
pub(crate) const fn at(_stage: Stage) -> core_toklink::Result<()> {
    Ok(())
}

/// A stage that can do no more than panic.
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

    /// The stage that goes wrong next, once; 0 for none. The highest bit says that it panics rather than fails.
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

    /// Makes the next pass of a stage fail, or panic. Once.
    #[unsafe(no_mangle)]
    extern "C" fn toklink_testing_arm(stage: u32, panics: bool) {
        ARMED.store(stage | if panics { PANICS } else { 0 }, Ordering::SeqCst);
    }

    /// True if what was armed has not happened yet; it will not any more.
    #[unsafe(no_mangle)]
    extern "C" fn toklink_testing_disarm() -> bool {
        ARMED.swap(0, Ordering::SeqCst) != 0
    }
}
