//! Builder methods of fault rules.

use std::time::Duration;

use super::effect::{Corruption, Failure, FaultContent, FaultResponse, ResponseChanges, Throttle};
use super::error::FaultError;
use super::fault::Fault;
use super::token_filter::TokenFilter;

const CHANGES_WITHOUT_RESPONSE: FaultError = FaultError::Contradiction {
    fields: &["reset", "corrupt", "throttle", "content_range"],
    reason: "corrupt, throttle and content_range need a response, but a reset without answer_bytes sends none; set answer_bytes",
};
const REPLACEMENT_WITHOUT_RESPONSE: FaultError = FaultError::Contradiction {
    fields: &["reset", "status", "code", "body", "preset"],
    reason: "status, code, body and preset define a response, but a reset without answer_bytes sends none; set answer_bytes",
};
const TWO_RESETS: FaultError = FaultError::Contradiction {
    fields: &["body_bytes", "answer_bytes", "after"],
    reason: "a connection can be reset only once; choose one moment: before the request takes effect, after it, or during the response",
};

/// Methods that filter the calls.
impl Fault {
    /// Limits the rule to calls of this app.
    #[must_use]
    pub fn for_app(mut self, client_key: &str) -> Self {
        self.calls.client_key = Some(client_key.to_owned());
        self
    }

    /// Limits the rule to calls for this user.
    #[must_use]
    pub fn for_user(mut self, username: &str) -> Self {
        self.calls.username = Some(username.to_owned());
        self
    }

    /// Limits the rule to calls about this publish task.
    #[must_use]
    pub fn for_upload(mut self, publish_id: &str) -> Self {
        self.calls.publish_id = Some(publish_id.to_owned());
        self
    }

    /// Limits the rule to calls with this token: a bearer token, or the `refresh_token` or `token` of an OAuth form.
    /// Stores only the token's hash.
    #[must_use]
    pub fn for_token(mut self, token: &str) -> Self {
        self.calls.token = Some(TokenFilter::new(token));
        self
    }

    /// Sets the first matching call on which the rule acts. Counting starts at 1.
    #[must_use]
    pub fn nth(mut self, nth: u64) -> Self {
        self.calls.nth = nth;
        self
    }

    /// Sets the number of calls on which the rule acts; 0 means no limit.
    #[must_use]
    pub fn times(mut self, times: u64) -> Self {
        self.calls.times = Some(times);
        self
    }

    /// Sets the probability that the rule acts on a call, 0 to 1. The draws follow from the emulator's seed. Without
    /// `times`, the number of calls has no limit.
    #[must_use]
    pub fn probability(mut self, chance: f64) -> Self {
        self.calls.probability = Some(chance);
        self
    }
}

/// Methods that add effects. Adding the rule reports any contradiction between them.
impl Fault {
    /// Responds with a status and TikTok's envelope with `internal_error`.
    #[must_use]
    pub fn status(self, status: u16) -> Self {
        self.respond(FaultResponse { status: Some(status), content: FaultContent::Error { code: None } })
    }

    /// Responds with a status and an error code in TikTok's format.
    #[must_use]
    pub fn error(self, status: u16, code: &str) -> Self {
        let content = FaultContent::Error { code: Some(code.to_owned()) };
        self.respond(FaultResponse { status: Some(status), content })
    }

    /// Responds with a raw body instead of TikTok's format.
    #[must_use]
    pub fn raw(self, status: u16, content_type: &str, body: &str) -> Self {
        let (body, content_type) = (body.to_owned(), Some(content_type.to_owned()));
        self.respond(FaultResponse {
            status: Some(status),
            content: FaultContent::Raw { body, content_type },
        })
    }

    /// Responds with status 502 and a proxy's HTML page.
    #[must_use]
    pub fn proxy_html(self) -> Self {
        self.respond(FaultResponse { status: None, content: FaultContent::ProxyHtml })
    }

    /// Waits in real time before any other effect of the rule.
    #[must_use]
    pub fn delay(mut self, by: Duration) -> Self {
        self.effect.delay_ms = u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
        self
    }

    /// Resets the connection before the body is read. The request has no effect.
    #[must_use]
    pub fn reset_before(self) -> Self {
        self.reset(Failure::ResetBefore { body_bytes: None })
    }

    /// Resets the connection after `bytes` of the request body. The request has no effect.
    #[must_use]
    pub fn reset_in_body(self, bytes: u64) -> Self {
        self.reset(Failure::ResetBefore { body_bytes: Some(bytes) })
    }

    /// Handles the request and resets the connection instead of responding.
    #[must_use]
    pub fn reset_after(self) -> Self {
        self.reset(Failure::ResetAfter)
    }

    /// Handles the request and resets the connection after `bytes` of the response body.
    #[must_use]
    pub fn reset_in_answer(self, bytes: u64) -> Self {
        self.change(TWO_RESETS, |changes| changes.cut_after = Some(bytes))
    }

    /// Lets the request take effect before the rule's response is sent.
    #[must_use]
    pub fn after_effect(mut self) -> Self {
        match &mut self.effect.failure {
            Failure::Response { takes_effect, .. } => *takes_effect = true,
            Failure::ResetBefore { .. } => self = self.contradict(TWO_RESETS),
            Failure::ResetAfter => {}
        }
        self
    }

    /// Sends only the first half of the response JSON, as a complete HTTP message.
    #[must_use]
    pub fn truncated(self) -> Self {
        self.corrupted(Corruption::Truncated)
    }

    /// Sends invalid JSON of the same length as the real response.
    #[must_use]
    pub fn garbled(self) -> Self {
        self.corrupted(Corruption::Garbled)
    }

    /// Sends the response body in frames of `bytes`, with a real-time pause of `every` between frames.
    #[must_use]
    pub fn throttle(self, bytes: u64, every: Duration) -> Self {
        let every_ms = u64::try_from(every.as_millis()).unwrap_or(u64::MAX);
        self.throttled(Throttle { bytes, every_ms })
    }

    /// Sends this `Content-Range` in the response to an upload, regardless of the stored bytes.
    #[must_use]
    pub fn content_range(self, value: &str) -> Self {
        self.change(CHANGES_WITHOUT_RESPONSE, |changes| changes.content_range = Some(value.to_owned()))
    }

    pub(super) fn corrupted(self, corruption: Corruption) -> Self {
        self.change(CHANGES_WITHOUT_RESPONSE, |changes| changes.corrupt = Some(corruption))
    }

    pub(super) fn throttled(self, throttle: Throttle) -> Self {
        self.change(CHANGES_WITHOUT_RESPONSE, |changes| changes.throttle = Some(throttle))
    }

    pub(super) fn respond(mut self, response: FaultResponse) -> Self {
        match &mut self.effect.failure {
            Failure::Response { replacement, .. } => *replacement = Some(response),
            _ => self = self.contradict(REPLACEMENT_WITHOUT_RESPONSE),
        }
        self
    }

    /// Sets a reset without a response. It contradicts a response and changes to one.
    fn reset(mut self, reset: Failure) -> Self {
        let error = match &self.effect.failure {
            Failure::Response { replacement: Some(_), .. } => Some(REPLACEMENT_WITHOUT_RESPONSE),
            Failure::Response { changes, .. } if changes.cut_after.is_some() => Some(TWO_RESETS),
            Failure::Response { changes, .. } if *changes != ResponseChanges::default() => {
                Some(CHANGES_WITHOUT_RESPONSE)
            }
            Failure::Response { takes_effect: true, .. } if reset != Failure::ResetAfter => Some(TWO_RESETS),
            Failure::Response { .. } => None,
            earlier if *earlier == reset => None,
            _ => Some(TWO_RESETS),
        };
        if let Some(error) = error {
            return self.contradict(error);
        }
        self.effect.failure = reset;
        self
    }

    fn change(mut self, error: FaultError, change: impl FnOnce(&mut ResponseChanges)) -> Self {
        match &mut self.effect.failure {
            Failure::Response { changes, .. } => change(changes),
            _ => self = self.contradict(error),
        }
        self
    }

    fn contradict(mut self, error: FaultError) -> Self {
        self.contradiction.get_or_insert(error);
        self
    }
}
