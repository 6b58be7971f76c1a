//! Errors of xtask commands.

use std::fmt::Display;

/// Error message for the person who runs the command.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fault(pub(crate) String);

pub(crate) type Result<T> = std::result::Result<T, Fault>;

impl From<String> for Fault {
    fn from(sentence: String) -> Self {
        Self(sentence)
    }
}

/// Adds the failed action to an error.
pub(crate) trait Context<T> {
    fn context(self, doing: impl Display) -> Result<T>;
}

impl<T, E: Display> Context<T> for std::result::Result<T, E> {
    fn context(self, doing: impl Display) -> Result<T> {
        self.map_err(|error| Fault(format!("{doing}: {error}")))
    }
}
