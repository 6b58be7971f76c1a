//! Threads, running operations, and callbacks of the host.

pub mod callback;
pub(crate) mod delivery;
pub(crate) mod engine;
pub(crate) mod kept;
pub mod log;
pub mod operations;
pub(crate) mod progress;
pub mod queue;
pub(crate) mod task;
