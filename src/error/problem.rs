//! A problem in the configuration.

use std::fmt;

/// One invalid or missing setting: its variable, the problem, and the fix. Never contains the value, which may be a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigProblem {
    variable: String,
    problem: String,
    fix: String,
}

impl ConfigProblem {
    /// Creates a problem with `variable`, such as `TIKTOK_CLIENT_KEY`. The message is `{variable} {problem}: {fix}`.
    #[must_use]
    pub fn new(variable: impl Into<String>, problem: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { variable: variable.into(), problem: problem.into(), fix: fix.into() }
    }

    /// Returns the environment variable of the setting, even when the setting was made in code.
    #[must_use]
    pub fn variable(&self) -> &str {
        &self.variable
    }

    /// Returns the problem, for example `is not set`.
    #[must_use]
    pub fn problem(&self) -> &str {
        &self.problem
    }

    /// Returns the fix, for example `copy it from TikTok's developer portal`.
    #[must_use]
    pub fn fix(&self) -> &str {
        &self.fix
    }
}

impl fmt::Display for ConfigProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.variable, self.problem, self.fix)
    }
}
