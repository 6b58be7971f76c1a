//! Values that cross the C boundary: arguments, results and errors, and the guard that stops panics.

pub mod error;
pub(crate) mod guard;
pub(crate) mod input;
pub mod reason;
pub(crate) mod result;
pub mod status;
pub(crate) mod testing;
pub mod text;
pub mod version;
