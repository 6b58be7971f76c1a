//! The host's store.

mod host_journal;
mod host_metrics;
mod host_rows;
pub mod host_store;
mod rows;
