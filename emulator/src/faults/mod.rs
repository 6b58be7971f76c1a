//! Faults by rule: what goes wrong, for whom, and on which call.

mod apply;
mod build;
mod filter;
mod rule;
mod rules;

pub(crate) use filter::Subject;
pub use filter::TokenFilter;
pub use rule::{Corruption, Fault, FaultError, Preset, Throttle};
pub(crate) use rules::FaultRules;
