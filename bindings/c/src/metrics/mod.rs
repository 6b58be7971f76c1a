//! Metrics of accounts: now, day by day, and of many accounts.

pub mod account;
pub mod collect;
pub mod history;
