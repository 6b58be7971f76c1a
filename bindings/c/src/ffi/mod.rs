//! Values that cross the boundary: text and options of the host, results and errors of the library, and the guard that no
//! panic passes.

pub mod error;
pub(crate) mod guard;
pub(crate) mod input;
pub mod reason;
pub(crate) mod result;
pub mod status;
pub(crate) mod testing;
pub mod text;
pub mod version;
