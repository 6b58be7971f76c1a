//! Fault rules: the calls that they match and their effects.

mod apply;
mod build;
mod call_filter;
mod effect;
mod error;
mod fault;
mod json;
mod rules;
mod subject;
mod token_filter;

pub use call_filter::CallFilter;
pub use effect::{Corruption, Failure, FaultContent, FaultEffect, FaultResponse, ResponseChanges, Throttle};
pub use error::FaultError;
pub use fault::Fault;
pub(crate) use rules::FaultRules;
pub(crate) use subject::Subject;
pub use token_filter::TokenFilter;
