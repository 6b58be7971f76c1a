//! Selects the calls on which a rule acts.

use super::error::FaultError;
use super::subject::Subject;
use super::token_filter::TokenFilter;
use crate::wire::Endpoint;

/// Selects the calls on which a rule acts. The rule counts the matching calls and acts on `times` of them, starting
/// with call `nth`.
#[derive(Debug, Clone, PartialEq)]
pub struct CallFilter {
    /// Endpoint name such as `upload` or `video_list`, path such as `/v2/video/list/`, or `*` for every endpoint.
    pub endpoint: String,
    /// Matches only calls of this app.
    pub client_key: Option<String>,
    /// Matches only calls for this user.
    pub username: Option<String>,
    /// Matches only calls about this publish task: its uploads, status and cancel calls.
    pub publish_id: Option<String>,
    /// Matches only calls with this token.
    pub token: Option<TokenFilter>,
    /// First matching call on which the rule acts. Counting starts at 1.
    pub nth: u64,
    /// Number of calls on which the rule acts; 0 for no limit. `None` means 1, or no limit if a probability is set.
    pub times: Option<u64>,
    /// Probability that the rule acts on each call from `nth` on, 0 to 1. The draws follow from the emulator's seed.
    pub probability: Option<f64>,
}

impl CallFilter {
    /// Selects the first call to `endpoint`.
    #[must_use]
    pub fn new(endpoint: &str) -> Self {
        Self {
            endpoint: endpoint.to_owned(),
            client_key: None,
            username: None,
            publish_id: None,
            token: None,
            nth: 1,
            times: None,
            probability: None,
        }
    }

    pub(super) fn check(&self) -> Result<(), FaultError> {
        if !Endpoint::ALL.into_iter().any(|endpoint| self.names(endpoint)) {
            return Err(FaultError::UnknownEndpoint(self.endpoint.clone()));
        }
        if self.nth == 0 {
            return Err(FaultError::InvalidValue { field: "nth", allowed: "at least 1" });
        }
        if self.probability.is_some_and(|chance| !(0.0..=1.0).contains(&chance)) {
            return Err(FaultError::InvalidValue { field: "probability", allowed: "0 to 1" });
        }
        Ok(())
    }

    /// Returns the number of calls on which the rule acts; 0 for no limit.
    pub(super) fn limit(&self) -> u64 {
        self.times.unwrap_or_else(|| u64::from(self.probability.is_none()))
    }

    /// Returns true if the filter names this endpoint or `*`.
    pub(super) fn names(&self, endpoint: Endpoint) -> bool {
        self.endpoint == "*" || endpoint.is_called(&self.endpoint)
    }

    /// Returns true if the filter names this endpoint and no other.
    pub(super) fn names_only(&self, endpoint: Endpoint) -> bool {
        self.endpoint != "*" && self.names(endpoint)
    }

    /// Returns true if the filter matches the call.
    pub(super) fn matches(&self, endpoint: Endpoint, subject: &Subject) -> bool {
        let same =
            |expected: &Option<String>, actual: &Option<String>| expected.is_none() || expected == actual;
        self.names(endpoint)
            && same(&self.client_key, &subject.client_key)
            && same(&self.username, &subject.username)
            && same(&self.publish_id, &subject.publish_id)
            && self.token.as_ref().is_none_or(|expected| {
                subject.tokens.iter().any(|token| TokenFilter::new(token) == *expected)
            })
    }

    /// Returns true if the filter needs the request body to match a call to `endpoint`.
    pub(super) fn needs_body(&self, endpoint: Endpoint) -> bool {
        let has_identity_filter =
            self.client_key.is_some() || self.username.is_some() || self.token.is_some();
        match endpoint {
            Endpoint::Upload => false,
            Endpoint::Authorize => self.username.is_some(),
            Endpoint::Token | Endpoint::Revoke | Endpoint::GetQrcode | Endpoint::CheckQrcode => {
                has_identity_filter
            }
            _ => self.publish_id.is_some(),
        }
    }
}
