//! Errors of fault rules.

use std::error::Error;
use std::fmt;

use crate::wire::Endpoint;

/// Error for a rule that can never act as described. The message names the fields and the required correction.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum FaultError {
    /// No endpoint has this name or path.
    UnknownEndpoint(String),
    /// A value is not allowed.
    InvalidValue {
        /// Field of the control API.
        field: &'static str,
        /// The allowed values.
        allowed: &'static str,
    },
    /// Two effects contradict each other, or a field has no effect without another field.
    Contradiction {
        /// Fields of the control API.
        fields: &'static [&'static str],
        /// Reason for the contradiction, and the correction.
        reason: &'static str,
    },
}

impl fmt::Display for FaultError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownEndpoint(name) => {
                let names = Endpoint::names();
                write!(f, "endpoint {name:?} does not exist; use *, a path or one of {names}")
            }
            Self::InvalidValue { field, allowed } => write!(f, "{field} must be {allowed}"),
            Self::Contradiction { reason, .. } => f.write_str(reason),
        }
    }
}

impl Error for FaultError {}
