//! The host's pointers: each is checked for NULL once, here, and each handle is a box that is taken back once.

use core_toklink::{Error, Result};

/// Hands a value over; [`take`] gets it back.
pub(crate) fn give<T>(value: T) -> *mut T {
    Box::into_raw(Box::new(value))
}

/// Takes a handle back and drops it; NULL is nothing.
///
/// # Safety
/// NULL, or from [`give`] with the same type, not taken before and used by no other thread.
pub(crate) unsafe fn take<T>(handle: *mut T) {
    if !handle.is_null() {
        // SAFETY: from `give`, which made it from a box of this type, and taken only once: the caller's promise.
        drop(unsafe { Box::from_raw(handle) });
    }
}

/// Takes a handle back for its value; `None` for NULL.
///
/// # Safety
/// As for [`take`].
pub(crate) unsafe fn reclaim<T>(handle: *mut T) -> Option<T> {
    // SAFETY: not NULL, and from `give`, taken only once: the caller's promise.
    (!handle.is_null()).then(|| *unsafe { Box::from_raw(handle) })
}

/// The handle's value, to be read.
///
/// # Safety
/// NULL, or from [`give`] (or a part of such a value) with the same type, alive and unchanged for `'a`.
pub(crate) unsafe fn read<'a, T>(handle: *const T, name: &str) -> Result<&'a T> {
    // SAFETY: the caller's promise.
    unsafe { handle.as_ref() }.ok_or_else(|| null(name))
}

/// The handle's value, to be changed.
///
/// # Safety
/// NULL, or from [`give`] with the same type, alive and used by nobody else for `'a`.
pub(crate) unsafe fn change<'a, T>(handle: *mut T, name: &str) -> Result<&'a mut T> {
    // SAFETY: the caller's promise.
    unsafe { handle.as_mut() }.ok_or_else(|| null(name))
}

/// A place for an output, checked before any work is done for it.
#[derive(Debug)]
pub(crate) struct Output<T>(*mut T);

impl<T> Output<T> {
    /// # Safety
    /// NULL, or writable until [`Output::set`].
    pub(crate) unsafe fn at(out: *mut T) -> Result<Self> {
        if out.is_null() { Err(null("the place for the output")) } else { Ok(Self(out)) }
    }

    /// Writes the output; what was there before is not dropped, since it may be uninitialised.
    pub(crate) fn set(self, value: T) {
        // SAFETY: not NULL and writable, by `Output::at`.
        unsafe { self.0.write(value) };
    }
}

fn null(name: &str) -> Error {
    Error::invalid(format!("{name} is NULL: pass one that was made and not yet freed"))
}
