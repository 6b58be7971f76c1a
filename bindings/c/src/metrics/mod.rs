//! Metrics of accounts: current, by day, and of many accounts at once.

pub mod account;
pub mod collect;
pub mod history;
