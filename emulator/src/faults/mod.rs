//! Fault rules: the calls that they match and their effects.

mod apply;
mod build;
mod filter;
mod rule;
mod rules;

pub(crate) use filter::Subject;
pub use filter::TokenFilter;
pub use rule::{Corruption, Fault, FaultError, Preset, Throttle};
pub(crate) use rules::FaultRules;
