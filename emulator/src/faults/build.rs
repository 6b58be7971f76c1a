//! Builder methods for rules in Rust tests.

use std::time::Duration;

use super::filter::TokenFilter;
use super::rule::{Corruption, Fault, Preset, Throttle};

impl Fault {
    /// Creates a rule for the first call to `endpoint`. It does nothing until an effect is added.
    #[must_use]
    pub fn on(endpoint: &str) -> Self {
        Self {
            id: 0,
            enabled: true,
            endpoint: endpoint.to_owned(),
            client_key: None,
            username: None,
            publish_id: None,
            token: None,
            nth: 1,
            times: None,
            probability: None,
            preset: None,
            status: None,
            code: None,
            body: None,
            content_type: None,
            delay_ms: 0,
            reset: false,
            after: false,
            body_bytes: None,
            answer_bytes: None,
            corrupt: None,
            throttle: None,
            content_range: None,
            seen: 0,
            hits: 0,
            chosen: 0,
        }
    }

    /// Limits the rule to calls of this app.
    #[must_use]
    pub fn for_app(mut self, client_key: &str) -> Self {
        self.client_key = Some(client_key.to_owned());
        self
    }

    /// Limits the rule to calls for this user.
    #[must_use]
    pub fn for_user(mut self, username: &str) -> Self {
        self.username = Some(username.to_owned());
        self
    }

    /// Limits the rule to calls about this publish task.
    #[must_use]
    pub fn for_upload(mut self, publish_id: &str) -> Self {
        self.publish_id = Some(publish_id.to_owned());
        self
    }

    /// Limits the rule to calls with this token: a bearer token, or the refresh token or token of an OAuth form. Only its hash
    /// is stored.
    #[must_use]
    pub fn for_token(mut self, token: &str) -> Self {
        self.token = Some(TokenFilter::new(token));
        self
    }

    /// Sets the first matching call on which the rule acts, from 1.
    #[must_use]
    pub fn nth(mut self, nth: u64) -> Self {
        self.nth = nth;
        self
    }

    /// Sets the number of calls on which the rule acts; 0 for no limit.
    #[must_use]
    pub fn times(mut self, times: u64) -> Self {
        self.times = Some(times);
        self
    }

    /// Sets the probability for each call, 0 to 1, drawn from the seed of the emulator. Without `times` there is no limit.
    #[must_use]
    pub fn probability(mut self, chance: f64) -> Self {
        self.probability = Some(chance);
        self
    }

    /// Responds with a status and TikTok's envelope with `internal_error`.
    #[must_use]
    pub fn status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// Responds with a status and an error code in TikTok's format.
    #[must_use]
    pub fn error(mut self, status: u16, code: &str) -> Self {
        self.status = Some(status);
        self.code = Some(code.to_owned());
        self
    }

    /// Responds with a raw body.
    #[must_use]
    pub fn raw(mut self, status: u16, content_type: &str, body: &str) -> Self {
        self.status = Some(status);
        self.content_type = Some(content_type.to_owned());
        self.body = Some(body.to_owned());
        self
    }

    /// Responds with the HTML page of a proxy and status 502.
    #[must_use]
    pub fn proxy_html(mut self) -> Self {
        self.preset = Some(Preset::ProxyHtml);
        self
    }

    /// Waits in real time before any other effect.
    #[must_use]
    pub fn delay(mut self, by: Duration) -> Self {
        self.delay_ms = u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
        self
    }

    /// Resets the connection before the body is read. The request has no effect.
    #[must_use]
    pub fn reset_before(mut self) -> Self {
        self.reset = true;
        self.after = false;
        self
    }

    /// Resets the connection after `bytes` of the request body. The request has no effect.
    #[must_use]
    pub fn reset_in_body(mut self, bytes: u64) -> Self {
        self.reset = true;
        self.body_bytes = Some(bytes);
        self
    }

    /// Handles the request and resets the connection instead of responding.
    #[must_use]
    pub fn reset_after(mut self) -> Self {
        self.reset = true;
        self.after = true;
        self
    }

    /// Handles the request and resets the connection after `bytes` of the response body.
    #[must_use]
    pub fn reset_in_answer(mut self, bytes: u64) -> Self {
        self.reset = true;
        self.answer_bytes = Some(bytes);
        self
    }

    /// Handles the request before the rule's response is sent.
    #[must_use]
    pub fn after_effect(mut self) -> Self {
        self.after = true;
        self
    }

    /// Sends only the first half of the response JSON, as a complete HTTP message.
    #[must_use]
    pub fn truncated(mut self) -> Self {
        self.corrupt = Some(Corruption::Truncated);
        self
    }

    /// Sends invalid JSON of the same length.
    #[must_use]
    pub fn garbled(mut self) -> Self {
        self.corrupt = Some(Corruption::Garbled);
        self
    }

    /// Sends the response body in frames of `bytes`, with a real pause of `every` between them.
    #[must_use]
    pub fn throttle(mut self, bytes: u64, every: Duration) -> Self {
        let every_ms = u64::try_from(every.as_millis()).unwrap_or(u64::MAX);
        self.throttle = Some(Throttle { bytes, every_ms });
        self
    }

    /// Responds to an upload with this `Content-Range`, regardless of what was stored.
    #[must_use]
    pub fn content_range(mut self, value: &str) -> Self {
        self.content_range = Some(value.to_owned());
        self
    }
}
