//! Faults by rule: what goes wrong, for whom, and on which call.

mod apply;
mod board;
mod build;
mod filter;
mod rule;

pub(crate) use board::Board;
pub(crate) use filter::Subject;
pub use filter::TokenFilter;
pub use rule::{Drip, Fault, FaultError, Preset, Spoil};
