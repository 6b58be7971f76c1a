//! A store of the host, and the encryption of stored tokens.

mod host_journal;
mod host_metrics;
mod host_rows;
pub mod host_store;
mod rows;
