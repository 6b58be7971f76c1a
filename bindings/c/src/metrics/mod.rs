//! Metrics of accounts: current values, history, and collection for many accounts.

pub mod account;
pub mod collect;
pub mod history;
