//! Publishes: options, functions, outcomes and journal records.

pub mod calls;
pub mod caption;
pub mod options;
pub mod outcome;
pub mod probe;
pub mod record;
pub mod source;
