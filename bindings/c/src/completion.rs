//! What a completion callback is given.

use crate::callback::UserData;
use crate::error::toklink_error;
use crate::status::toklink_status;
use crate::testing::{self, Stage};
use crate::{guard, handle};
use core_toklink::{Error, Result};
use std::ffi::c_void;
use std::ptr;

/// The host's function and pointer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Done<F> {
    pub(crate) function: F,
    pub(crate) user_data: UserData,
}

/// Takes the host's function; a start without one would end unheard.
pub(crate) fn completed<F>(function: Option<F>, user_data: *mut c_void) -> Result<Done<F>> {
    let missing = || Error::invalid("the completion callback is NULL: without it nobody hears of the end");
    Ok(Done { function: function.ok_or_else(missing)?, user_data: UserData(user_data) })
}

/// The status, and either the result or the error, as handles that become the host's.
pub(crate) fn handed<T, H: From<T>>(
    outcome: std::result::Result<T, toklink_error>,
) -> (toklink_status, *mut H, *mut toklink_error) {
    // The host hears of the end whatever happens here.
    let handed = match outcome {
        Ok(value) => match guard::caught(|| made(value)) {
            Some(Ok(result)) => Ok(result),
            Some(Err(error)) => Err(toklink_error::of(&error)),
            None => Err(toklink_error::panicked()),
        },
        Err(error) => Err(error),
    };
    match handed {
        Ok(result) => (toklink_status::TOKLINK_OK, result, ptr::null_mut()),
        Err(error) => (error.status(), ptr::null_mut(), handle::give(error)),
    }
}

fn made<T, H: From<T>>(value: T) -> Result<*mut H> {
    testing::at(Stage::Completion)?;
    Ok(handle::give(H::from(value)))
}
