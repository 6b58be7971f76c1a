//! Refuses to open a SQLite file in a forked child of a process that has one open.
//!
//! SQLite's locks belong to a process, so a child that inherits SQLite's state takes none: the parent would delete the
//! log that the child writes. A mutex that another thread held during the fork would block the child forever.

use crate::error::{Error, ErrorKind, Reason, Result};
use std::sync::atomic::{AtomicU64, Ordering};

/// The process that opened the stores, in the upper half, and the number of its open stores.
static OPEN: AtomicU64 = AtomicU64::new(0);

/// Counts a store of this process as open until it is dropped.
#[derive(Debug)]
pub(super) struct OpenStore {
    process: u32,
}

impl OpenStore {
    /// # Errors
    /// `Conflict` with [`Reason::AfterFork`] in a child of a process that had an open store during the fork.
    pub(super) fn new() -> Result<Self> {
        let process = std::process::id();
        match OPEN.fetch_update(Ordering::AcqRel, Ordering::Acquire, |open| opened(open, process)) {
            Ok(_) => Ok(Self { process }),
            Err(_) => Err(Error::new(
                ErrorKind::Conflict,
                "the parent of this process had a SQLite file open during the fork, so the child cannot use SQLite; \
                 start the child with exec, or fork before the parent opens a file",
            )
            .with_reason(Reason::AfterFork)),
        }
    }
}

impl Drop for OpenStore {
    fn drop(&mut self) {
        let process = self.process;
        // In a forked child, the count stays the parent's.
        if process == std::process::id() {
            let closed = |open| (owner(open) == process).then(|| open.wrapping_sub(1));
            let _unchanged = OPEN.fetch_update(Ordering::AcqRel, Ordering::Acquire, closed);
        }
    }
}

fn owner(open: u64) -> u32 {
    u32::try_from(open >> 32).unwrap_or_default()
}

/// Returns the state after `process` opens a store, or `None` if another process has open stores.
fn opened(open: u64, process: u32) -> Option<u64> {
    let count = open & u64::from(u32::MAX);
    (count == 0 || owner(open) == process).then(|| u64::from(process) << 32 | (count + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn child_cannot_open_a_store_while_the_parent_has_one() {
        let parent = opened(0, 10).unwrap();
        assert_eq!(opened(parent, 11), None);
        assert_eq!(opened(parent, 10), Some(parent + 1));
    }

    #[test]
    fn child_opens_a_store_after_the_parent_closed_its_stores() {
        let closed = opened(0, 10).unwrap() - 1;
        assert_eq!(owner(opened(closed, 11).unwrap()), 11);
    }
}
