//! Plain values that every layer may use: accounts, days and the phases of a publish.

mod account;
mod day;
mod publish_phase;

pub use account::{AccountKey, AccountStatus};
pub use day::Day;
pub use publish_phase::PublishPhase;
