//! A fault rule.

use super::call_filter::CallFilter;
use super::effect::FaultEffect;
use super::error::FaultError;
use crate::wire::Endpoint;

/// A fault rule: the calls on which it acts, and its effect on those calls. It counts the matching calls since it was
/// added.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// ID of the rule, assigned when it is added.
    pub id: u64,
    /// A disabled rule neither acts nor counts calls.
    pub enabled: bool,
    /// The calls on which the rule acts.
    pub calls: CallFilter,
    /// The effect on these calls.
    pub effect: FaultEffect,
    /// Number of matching calls so far.
    pub seen: u64,
    /// Number of calls on which the rule acted.
    pub hits: u64,
    /// Number of calls that the filter selected, including those on which an earlier rule acted.
    pub(super) chosen: u64,
    /// The first contradiction between calls to builder methods. Adding the rule reports it.
    pub(super) contradiction: Option<FaultError>,
}

impl Fault {
    /// Creates a rule for the first call to `endpoint`. It does nothing until an effect is added.
    #[must_use]
    pub fn on(endpoint: &str) -> Self {
        Self {
            id: 0,
            enabled: true,
            calls: CallFilter::new(endpoint),
            effect: FaultEffect::default(),
            seen: 0,
            hits: 0,
            chosen: 0,
            contradiction: None,
        }
    }

    pub(crate) fn check(&self) -> Result<(), FaultError> {
        self.calls.check()?;
        if let Some(contradiction) = &self.contradiction {
            return Err(contradiction.clone());
        }
        let is_upload = self.calls.names(Endpoint::Upload);
        self.effect.failure.check(is_upload, self.calls.names_only(Endpoint::Upload))
    }
}
