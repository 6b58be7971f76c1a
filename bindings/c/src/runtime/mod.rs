//! Threads, running operations, and the host's functions.

pub mod callback;
pub(crate) mod delivery;
pub(crate) mod engine;
pub mod log;
pub mod operations;
pub(crate) mod progress;
pub mod queue;
pub(crate) mod task;
