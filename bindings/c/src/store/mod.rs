//! The host's own store, and the encryption of stored tokens.

mod host_journal;
mod host_metrics;
mod host_rows;
pub mod host_store;
pub mod reseal;
mod rows;
