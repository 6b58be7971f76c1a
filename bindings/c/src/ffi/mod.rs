//! Values that cross the boundary: the host's text and options, the library's results and errors, and the guard against
//! panics.

pub mod error;
pub(crate) mod guard;
pub(crate) mod input;
pub mod reason;
pub(crate) mod result;
pub mod status;
pub(crate) mod testing;
pub mod text;
pub mod version;
